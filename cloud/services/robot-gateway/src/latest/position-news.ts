import { distanceM } from "@kerbside/proto/geo/geo";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";

/** What was last told of a robot's position. */
export interface ToldPosition {
  readonly lat: number;
  readonly lng: number;
  readonly batteryPct: number;
  /** Our clock. */
  readonly toldAtMs: number;
}

const positionNewsRules = { distanceM: 25, batteryPct: 1, everyMs: 60_000, atMostEveryMs: 5_000 } as const;

/** Whether other services should hear of this sample: it moved, it drained, or it is a while ago. */
export function isNews(told: ToldPosition | undefined, sample: HeartbeatSample, nowMs: number): boolean {
  if (sample.lat === null || sample.lng === null) return false;
  if (!told) return true;
  const sinceMs = nowMs - told.toldAtMs;
  if (sinceMs < positionNewsRules.atMostEveryMs) return false;
  return (
    sinceMs >= positionNewsRules.everyMs ||
    Math.abs(told.batteryPct - sample.batteryPct) >= positionNewsRules.batteryPct ||
    distanceM(told, { lat: sample.lat, lng: sample.lng }) >= positionNewsRules.distanceM
  );
}
