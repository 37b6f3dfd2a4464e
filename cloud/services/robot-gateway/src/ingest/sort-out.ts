import { HeartbeatDamaged, newestHeartbeat } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import type { HeartbeatEntry } from "@kerbside/proto/robot/uplink";
import type { Received, StoredEntry } from "@kerbside/sync/uplink";
import type { NewestSample } from "../latest/latest.ts";
import type { PlacedFact } from "./announce.ts";
import type { LockedStream } from "./cursors.pg.ts";
import type { PlacedHeartbeats } from "./heartbeats.pg.ts";
import type { PlacedGap } from "./journal.pg.ts";
import { bytesOf, type Poison, whyUnstorable } from "./quarantine.ts";

/** A batch after its judgement. */
export interface Judged {
  readonly epoch: number;
  readonly stream: LockedStream;
  readonly received: Received;
}

/** Everything that a group brought, by what is done with it. */
export interface Sorted {
  readonly facts: PlacedFact[];
  readonly gaps: PlacedGap[];
  readonly heartbeats: PlacedHeartbeats[];
  readonly poisons: Poison[];
  /** The newest heartbeat of each robot. */
  readonly newest: Map<string, NewestSample>;
}

export function sortOut(judged: readonly Judged[]): Sorted {
  const sorted: Sorted = { facts: [], gaps: [], heartbeats: [], poisons: [], newest: new Map() };
  for (const batch of judged) {
    for (const stored of batch.received.store) place(stored, batch, sorted);
    for (const { seq, reason, raw } of batch.received.quarantine) reject(raw, reason, { batch, seq }, sorted);
  }
  return sorted;
}

function place(stored: StoredEntry, batch: Judged, sorted: Sorted): void {
  const { robotId, organizationId, stream } = batch.stream;
  const at = { robotId, organizationId, stream, epoch: batch.epoch, seq: stored.seq };
  switch (stored.kind) {
    case "gap":
      sorted.gaps.push({ ...at, toSeq: stored.toSeq, entry: stored.entry });
      return;
    case "fact": {
      const reason = whyUnstorable(stored.entry);
      if (reason === null) sorted.facts.push({ ...at, entry: stored.entry });
      else reject(stored.entry, reason, { batch, seq: stored.seq }, sorted);
      return;
    }
    case "heartbeats": {
      const sample = newestIn(stored.entry);
      if (typeof sample === "string") return reject(stored.entry, sample, { batch, seq: stored.seq }, sorted);
      sorted.heartbeats.push({ ...at, entry: stored.entry });
      sorted.newest.set(robotId, { sample, intervalMs: stored.entry.next_in_ms ?? defaultIntervalMs });
    }
  }
}

/** What a robot that declares nothing is held to. */
const defaultIntervalMs = 60_000;

/** The last sample of a batch, or why the batch cannot be read. */
function newestIn(entry: HeartbeatEntry): HeartbeatSample | string {
  try {
    const { count, newest } = newestHeartbeat(entry.data);
    return count === entry.samples ? newest : `samples: says ${entry.samples}, holds ${count}`;
  } catch (problem) {
    if (problem instanceof HeartbeatDamaged) return `data: ${problem.message}`;
    throw problem;
  }
}

function reject(raw: unknown, reason: string, at: { batch: Judged; seq: number }, { poisons }: Sorted): void {
  const { robotId, stream } = at.batch.stream;
  poisons.push({ robotId, stream, epoch: at.batch.epoch, seq: at.seq, reason, raw: bytesOf(raw) });
}
