import type { Place } from "@kerbside/proto/base/place";
import type { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { drawCustomer, drawMerchant, type Habit } from "./visit.ts";

/** The part that somebody plays at a robot: the store that loads, the customer, the store that takes goods back. */
export type Part = "load" | "unload" | "return";

/** Who comes to a robot, door by door: the same seed sends the same people in the same order, whatever ids orders have. */
export class Crowd {
  readonly #rng: SeededRng;
  readonly #came = new Map<string, number>();

  constructor(rng: SeededRng) {
    this.#rng = rng;
  }

  next(part: Part, { lat, lng }: Place): Habit {
    const door = `${part} ${lat},${lng}`;
    const count = this.#came.get(door) ?? 0;
    this.#came.set(door, count + 1);
    const rng = this.#rng.fork(`${door} ${count}`);
    if (part === "unload") return drawCustomer(rng);
    return { ...drawMerchant(rng), does: part === "return" ? "take" : "put" };
  }
}
