import * as z from "zod";
import { type WatchLimits, watchDefaults } from "./incident.ts";

const minutes = 60_000;
const hours = 60 * minutes;

const Ms = z.int().positive();

/** What an installation may change about deliveries. Everything has a default; times in milliseconds. */
export const Settings = z
  .strictObject({
    quote_life_ms: Ms.default(5 * minutes),
    /** Added to the P90 where an order names no deadline. */
    deadline_room_ms: Ms.default(30 * minutes),
    load_code_ms: Ms.default(2 * hours),
    unload_code_ms: Ms.default(6 * hours),
    return_code_ms: Ms.default(24 * hours),
    /** scrypt: each doubling of n doubles the work of a guess, of an assignment and of a typed code. */
    pin_cost: z
      .strictObject({
        n: z.int().min(2).max(65_536).default(16_384),
        r: z.int().min(1).max(8).default(8),
        p: z.int().min(1).max(4).default(1),
      })
      .refine(({ n }) => Number.isInteger(Math.log2(n)), { message: "n has to be a power of two, such as 16384" })
      .prefault({}),
    /** How often nobody may come to load before the delivery is cancelled. */
    pickup_tries_max: z.int().min(1).max(10).default(2),
    link_open_ms: Ms.default(7 * 24 * hours),
    link_ended_ms: Ms.default(24 * hours),
    board_ms: Ms.default(24 * hours),
    watch_every_ms: Ms.default(15_000),
    watch: z
      .strictObject({
        no_robot_ms: Ms.default(watchDefaults.noRobotMs),
        not_departed_ms: Ms.default(watchDefaults.notDepartedMs),
        overdue_ms: Ms.default(watchDefaults.overdueMs),
        waiting_ms: Ms.default(watchDefaults.waitingMs),
        return_ms: Ms.default(watchDefaults.returnMs),
        cancel_ms: Ms.default(watchDefaults.cancelMs),
        unreachable_ms: Ms.default(watchDefaults.unreachableMs),
        stopped_ms: Ms.default(watchDefaults.stoppedMs),
      })
      .prefault({}),
  })
  .meta({ id: "DeliveriesSettings" });
export type Settings = z.infer<typeof Settings>;

/** Reads the host's settings; a wrong one stops the start and is named. */
export function readSettings(given: unknown): Settings {
  const parsed = Settings.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(`settings of deliveries: ${z.prettifyError(parsed.error)}`);
}

export function watchLimitsOf({ watch }: Settings): WatchLimits {
  return {
    noRobotMs: watch.no_robot_ms,
    notDepartedMs: watch.not_departed_ms,
    overdueMs: watch.overdue_ms,
    waitingMs: watch.waiting_ms,
    returnMs: watch.return_ms,
    cancelMs: watch.cancel_ms,
    unreachableMs: watch.unreachable_ms,
    stoppedMs: watch.stopped_ms,
  };
}
