import type { Walk } from "./plan.ts";

/** What a robot's battery gives. Calibrated from what robots report; the defaults are cautious. */
export interface BatteryModel {
  readonly pctPerKm: number;
  /** Standing or moving: computers, radios, lights. */
  readonly pctPerHour: number;
  /** What has to be left when it is back at a hub. */
  readonly reservePct: number;
}

export const batteryDefaults: BatteryModel = { pctPerKm: 3, pctPerHour: 3, reservePct: 12 };

/** Everything a robot does for one delivery: to the pickup, to the drop-off, to the nearest hub, and the waits between. */
export function loopOf(walks: readonly Walk[], dwellS: number): Walk {
  return {
    distanceM: walks.reduce((sum, walk) => sum + walk.distanceM, 0),
    durationS: walks.reduce((sum, walk) => sum + walk.durationS, dwellS),
  };
}

/** What the loop takes from the battery, percent. */
export function drainPct(model: BatteryModel, loop: Walk): number {
  return (loop.distanceM / 1_000) * model.pctPerKm + (loop.durationS / 3_600) * model.pctPerHour;
}

/** What would be left at the hub, percent; below zero where the robot would not get there. */
export function leftPct(model: BatteryModel, batteryPct: number, loop: Walk): number {
  return batteryPct - drainPct(model, loop);
}

export function reaches(model: BatteryModel, batteryPct: number, loop: Walk): boolean {
  return leftPct(model, batteryPct, loop) >= model.reservePct;
}
