import type { Database } from "@kerbside/cloud-kit/service";
import { type LifePorts, sweepCommands } from "./lives.pg.ts";
import type { CommandWaiters } from "./waiting.ts";

export interface SweeperPorts extends LifePorts {
  readonly db: Database;
  readonly waiters: CommandWaiters;
  readonly onProblem: (problem: unknown) => void;
}

const everyMs = 1_000;
const groupMax = 200;

/** Ends commands of which nobody hears any more. Any number of workers may do it side by side. */
export async function runSweeper(ports: SweeperPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ports.clock.sleep(everyMs, signal).catch(() => undefined);
    if (!signal.aborted) await sweepDue(ports).catch(ports.onProblem);
  }
}

export async function sweepDue(ports: SweeperPorts): Promise<void> {
  for (let groups = 0; groups < 100; groups += 1) {
    const swept = await ports.db.transaction((tx) => sweepCommands(tx, groupMax, ports));
    ports.waiters.tell(swept);
    if (swept.length < groupMax) return;
  }
}
