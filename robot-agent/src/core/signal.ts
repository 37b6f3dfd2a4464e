import type { IndicatorSignal } from "@kerbside/hardware/indicator/indicator";
import type { Core } from "./core.ts";
import { stopOf } from "./mission.ts";

/** What the robot tells the people around it. The first that holds is shown. */
export function signalOf(core: Core): IndicatorSignal {
  const { lid, motion } = core.safety;
  if (!core.isReady || core.isShuttingDown) return "dark";
  if (motion === "e_stop" || motion === "safe_stop") return "e_stop";
  if (lid.flags.includes("ajar")) return "please_close";
  if (lid.flags.length > 0 || motion !== "normal" || lid.at === "unknown") return "fault";
  if (lid.at === "open") return "please_close";
  if (lid.at === "closed_unlocked" || lid.at === "unlock_authorised") return "unlocked";
  if (core.work.run.at === "at_stop") {
    return stopOf(core.work.run)?.kind === "dropoff" ? "awaiting_customer" : "awaiting_merchant";
  }
  if (core.work.run.at === "driving") return "driving";
  return core.body.battery.isCharging ? "charging" : "idle";
}
