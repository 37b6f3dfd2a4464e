import type { Clock } from "@kerbside/proto/base/clock";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import { gapMs } from "../demand/demand.ts";
import type { CityRobot } from "../fleet/city-robot.ts";
import { type DeadZone, hasSignal } from "../network/coverage.ts";
import type { OpenOrder, Orders } from "../people/orders.ts";
import type { Street } from "../people/street.ts";

export interface CityOptions {
  readonly robots: readonly CityRobot[];
  readonly street: Street;
  readonly orders: Orders;
  readonly zones: readonly DeadZone[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ordersPerHour: number;
  /** Somebody wants something brought. */
  readonly placeOrder: () => Promise<void>;
  /** How often a robot's program begins anew by itself, on average; 0 for never. */
  readonly rebootsPerHour: number;
  /** Hears what failed in the city's own doing; the city goes on. */
  readonly onProblem: (problem: unknown) => void;
}

const moveEveryMs = 100;
const lookEveryMs = 1_000;

/** Time in the city: bodies move, receivers speak, cells come and go, people look up and order. */
export class City {
  readonly #options: CityOptions;
  #open: readonly OpenOrder[] = [];

  constructor(options: CityOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts; what is under way is finished. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#move(signal), this.#live(signal), this.#order(signal)]);
  }

  async #move(signal: AbortSignal): Promise<void> {
    const { clock, robots } = this.#options;
    let beforeMs = clock.monotonic();
    let spokeMs = beforeMs;
    while (await this.#pause(moveEveryMs, signal)) {
      const nowMs = clock.monotonic();
      for (const { body } of robots) body.advance(nowMs - beforeMs);
      beforeMs = nowMs;
      if (nowMs - spokeMs < lookEveryMs) continue;
      spokeMs = nowMs;
      for (const robot of robots) this.#air(robot);
    }
  }

  #air(robot: CityRobot): void {
    robot.body.speak();
    const { hasAntenna, place } = robot.body;
    robot.setAir(hasAntenna && hasSignal(this.#options.zones, place) ? "clear" : "cut");
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { clock, orders, street, robots, rng, rebootsPerHour, onProblem } = this.#options;
    while (await this.#pause(lookEveryMs, signal)) {
      this.#open = await orders.open().catch((problem: unknown) => {
        onProblem(problem);
        return this.#open;
      });
      street.look(this.#open, clock.monotonic());
      for (const robot of robots) {
        if (unit(rng) < (rebootsPerHour * lookEveryMs) / 3_600_000) await robot.reboot();
      }
    }
  }

  async #order(signal: AbortSignal): Promise<void> {
    const { rng, ordersPerHour, placeOrder, onProblem } = this.#options;
    for (;;) {
      const waitMs = Math.min(gapMs(rng, ordersPerHour), 24 * 3_600_000);
      if (!(await this.#pause(waitMs, signal))) return;
      await placeOrder().catch(onProblem);
    }
  }

  /** False when the city's time is over. */
  async #pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
    await this.#options.clock.sleep(durationMs, signal).catch(() => undefined);
    return !signal.aborted;
  }
}
