import * as z from "zod";
import { timeDefaults } from "./estimate.ts";
import type { Rules } from "./matching.ts";
import { batteryDefaults } from "./reach.ts";

const Seconds = z.number().positive().max(86_400);

/** A dwell by its median and the time that nine of ten do not exceed. */
function dwellSetting({ p50S, p90S }: { readonly p50S: number; readonly p90S: number }) {
  return z
    .strictObject({ p50_s: Seconds.default(p50S), p90_s: Seconds.default(p90S) })
    .refine((dwell) => dwell.p90_s >= dwell.p50_s, { message: "p90_s cannot be below p50_s" })
    .prefault({});
}

/** What an installation may change about dispatch: the model of times and batteries, calibrated to its robots. */
const Settings = z.strictObject({
  /** Robots arrive no earlier than this before an order is ready, seconds. */
  early_s: z.number().min(0).max(3_600).default(300),
  /** Above 1 only where a demo moves bodies faster than life. */
  speed_factor: z.number().min(0.1).max(100).default(timeDefaults.speedFactor),
  walk_stretch: z.number().min(0.5).max(3).default(timeDefaults.walkStretch),
  walk_spread: z.number().min(0).max(1).default(timeDefaults.walkSpread),
  load: dwellSetting(timeDefaults.load),
  unload: dwellSetting(timeDefaults.unload),
  unknown_pickup: dwellSetting(timeDefaults.unknownPickup),
  cycle_s: Seconds.default(timeDefaults.cycleS),
  battery_pct_per_km: z.number().min(0).max(100).default(batteryDefaults.pctPerKm),
  battery_pct_per_hour: z.number().min(0).max(100).default(batteryDefaults.pctPerHour),
  battery_reserve_pct: z.number().min(0).max(100).default(batteryDefaults.reservePct),
});

/** The rules that the host's settings make; a wrong setting stops the start and is named. */
export function readRules(given: unknown): Rules {
  const parsed = Settings.safeParse(given ?? {});
  if (!parsed.success) throw new Error(`settings of dispatch: ${z.prettifyError(parsed.error)}`);
  const settings = parsed.data;
  const quantiles = (dwell: { readonly p50_s: number; readonly p90_s: number }) => ({
    p50S: dwell.p50_s,
    p90S: dwell.p90_s,
  });
  return {
    earlyMs: settings.early_s * 1_000,
    time: {
      speedFactor: settings.speed_factor,
      walkStretch: settings.walk_stretch,
      walkSpread: settings.walk_spread,
      load: quantiles(settings.load),
      unload: quantiles(settings.unload),
      unknownPickup: quantiles(settings.unknown_pickup),
      cycleS: settings.cycle_s,
    },
    battery: {
      pctPerKm: settings.battery_pct_per_km,
      pctPerHour: settings.battery_pct_per_hour,
      reservePct: settings.battery_reserve_pct,
    },
  };
}

/** Which rules an answer was worked out by: raised with every change of what they mean. */
export const policyVersion = "1";
