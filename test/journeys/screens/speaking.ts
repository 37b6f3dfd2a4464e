import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Stage } from "./stage.node.ts";

export interface Speaking extends AsyncDisposable {
  /** How often every robot has spoken. */
  readonly rounds: number;
}

/** Robots of one organization speak once a second, a part of them every so often, as they would. Ends when disposed of. */
export function speakEverySecond(stage: Stage, organizationId: string, parts = 10): Speaking {
  const end = new AbortController();
  let said = 0;
  const speak = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const nextMs = systemClock.monotonic() + 1_000 / parts;
      await stage.rows(
        `update robot_gateway.latest set at = $2, lat = lat + (random() - 0.5) * 0.0001,
           lng = lng + (random() - 0.5) * 0.0001, battery_pct = greatest(5, battery_pct - 0.01)
         where organization_id = $1 and abs(hashtext(robot_id::text)) % $3 = $4`,
        [organizationId, systemClock.now(), parts, said % parts],
      );
      said += 1;
      await systemClock.sleep(Math.max(0, nextMs - systemClock.monotonic()), end.signal).catch(() => undefined);
    }
  };
  const running = speak();
  return {
    get rounds() {
      return Math.floor(said / parts);
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}
