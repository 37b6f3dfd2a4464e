import { decodeHeartbeats, HeartbeatDamaged } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";

export interface HeartbeatColumns {
  readonly at_ms: number[];
  readonly lat: (number | null)[];
  readonly lng: (number | null)[];
  readonly speed_mps: number[];
  readonly heading_deg: number[];
  readonly battery_pct: number[];
}

/** The samples of packed batches that lie in a span, oldest first. Batches were read once before they were kept. */
export function toColumns(
  batches: readonly Uint8Array[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): HeartbeatColumns {
  const samples = batches
    .flatMap(samplesIn)
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .sort((a, b) => a.atMs - b.atMs);
  return {
    at_ms: samples.map(({ atMs }) => atMs),
    lat: samples.map(({ lat }) => lat),
    lng: samples.map(({ lng }) => lng),
    speed_mps: samples.map(({ speedMps }) => speedMps),
    heading_deg: samples.map(({ headingDeg }) => headingDeg),
    battery_pct: samples.map(({ batteryPct }) => batteryPct),
  };
}

/** A batch that rotted on our disk leaves a hole, not an error for the whole hour. */
function samplesIn(batch: Uint8Array): readonly HeartbeatSample[] {
  try {
    return decodeHeartbeats(batch);
  } catch (problem) {
    if (problem instanceof HeartbeatDamaged) return [];
    throw problem;
  }
}
