import { type JournalEntry, journalBodies, parseJournalEntry } from "@kerbside/proto/robot/journal";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { GapRecord as Gap, HeartbeatEntry as Heartbeats } from "@kerbside/proto/robot/uplink";
import { GapRecord, HeartbeatEntry, type UplinkAck, type UplinkBatch } from "@kerbside/proto/robot/uplink";
import { chainNext, chainStart, epochText, gapText } from "./signing.ts";

/** How far the cloud has one stream of one robot. A row, locked while a batch is judged. */
export interface StreamCursor {
  readonly epoch: number;
  /** Everything up to here is committed. */
  readonly cursor: number;
  /** The chain's value there (p0 only, else empty). */
  readonly chainHead: string;
  /** The last boots that sent, newest first, at most four. */
  readonly bootIds: readonly string[];
}

/** Who sent: its id, and its key's word on what it signed (Ed25519 over the text's UTF-8, base64). */
export interface SendingRobot {
  readonly id: string;
  readonly verify: (text: string, signature: string) => boolean;
}

/** What is to be written, by its number in the stream. */
export type StoredEntry =
  | { readonly kind: "fact"; readonly seq: number; readonly entry: JournalEntry }
  | { readonly kind: "heartbeats"; readonly seq: number; readonly entry: Heartbeats }
  /** Covers `seq` to `toSeq`, already cut to what lies beyond the cursor. */
  | { readonly kind: "gap"; readonly seq: number; readonly toSeq: number; readonly entry: Gap };

/** An entry that cannot be read. It is acknowledged all the same, or it would come for ever. */
export interface QuarantinedEntry {
  readonly seq: number;
  readonly reason: string;
  readonly raw: unknown;
}

/** What one batch means: what to write, what to put aside, and where the cursor stands then. */
export interface Received {
  /**
   * `advanced` something is new; `duplicate` nothing is; `gap` the batch begins beyond cursor + 1 and wrote nothing;
   * `gap_refused` a gap record without right or signature stopped it; `epoch_retired` an older journal speaks;
   * `epoch_unproven` a new epoch came without the robot's signature.
   */
  readonly verdict: "advanced" | "duplicate" | "gap" | "gap_refused" | "epoch_retired" | "epoch_unproven";
  readonly store: readonly StoredEntry[];
  readonly quarantine: readonly QuarantinedEntry[];
  /** The row to write; null when it is unchanged or there is none. */
  readonly cursor: StreamCursor | null;
  /** What to publish after the commit, beside `cloud_time`; null when nothing is known of this robot. */
  readonly ack: Omit<UplinkAck, "cloud_time"> | null;
  /** Signs of a copied disk; both copies lose the right to open lids and an incident is due. */
  readonly suspicion: "chain_forked" | "boots_alternate" | null;
}

/** Judges one batch against the stream's cursor. Pure: the caller writes all of the answer in one transaction. */
export function receive(known: StreamCursor | null, batch: UplinkBatch, robot: SendingRobot): Received {
  if (known && batch.epoch < known.epoch) return refuse("epoch_retired", batch.stream, known);
  const at = known && batch.epoch === known.epoch ? known : admit(batch, robot);
  if (!at) return refuse("epoch_unproven", batch.stream, known);
  if (batch.first_seq > at.cursor + 1) return { ...refuse("gap", batch.stream, at), cursor: at === known ? null : at };
  const walk = read(at, batch, robot);
  const cursor: StreamCursor = {
    epoch: at.epoch,
    cursor: walk.cursor,
    chainHead: walk.chainHead ?? (walk.isStopped ? at.chainHead : batch.chain_head),
    bootIds: [batch.boot_id, ...at.bootIds.filter((boot) => boot !== batch.boot_id)].slice(0, 4),
  };
  const isNew = walk.cursor > at.cursor;
  return {
    verdict: walk.isStopped ? "gap_refused" : isNew ? "advanced" : "duplicate",
    store: walk.store,
    quarantine: walk.quarantine,
    cursor: isNew || at !== known ? cursor : null,
    ack: { v: 1, stream: batch.stream, epoch: at.epoch, cursor: walk.cursor },
    suspicion: isNew ? suspect(at, batch, walk) : null,
  };
}

function refuse(verdict: Received["verdict"], stream: Stream, at: StreamCursor | null): Received {
  const ack = at && ({ v: 1, stream, epoch: at.epoch, cursor: at.cursor } as const);
  return { verdict, store: [], quarantine: [], cursor: null, ack, suspicion: null };
}

function admit(batch: UplinkBatch, robot: SendingRobot): StreamCursor | null {
  if (!batch.epoch_proof) return null;
  if (!robot.verify(epochText(robot.id, batch.stream, batch.epoch), batch.epoch_proof)) return null;
  return { epoch: batch.epoch, cursor: 0, chainHead: batch.stream === "p0" ? chainStart : "", bootIds: [] };
}

interface Walk {
  readonly store: StoredEntry[];
  readonly quarantine: QuarantinedEntry[];
  cursor: number;
  /** Null once a signed gap, or something that cannot be hashed, broke the chain: then the robot's word is taken. */
  chainHead: string | null;
  /** An illegal gap record stands in the way; nothing behind it may be taken. */
  isStopped: boolean;
}

function read(at: StreamCursor, batch: UplinkBatch, robot: SendingRobot): Walk {
  const walk: Walk = { store: [], quarantine: [], cursor: at.cursor, chainHead: at.chainHead, isStopped: false };
  let seq = batch.first_seq;
  for (const raw of batch.entries) {
    const gap = GapRecord.safeParse(raw);
    if (gap.success) {
      if (!isLegalGap(gap.data, seq, batch, robot)) {
        walk.isStopped = gap.data.to_seq > walk.cursor;
        return walk;
      }
      takeGap(walk, gap.data);
      seq = gap.data.to_seq + 1;
      continue;
    }
    if (seq > walk.cursor) takeEntry(walk, batch.stream, seq, raw);
    seq += 1;
  }
  return walk;
}

function isLegalGap(gap: Gap, seq: number, batch: UplinkBatch, robot: SendingRobot): boolean {
  const isAllowed = batch.stream === "p2" || (batch.stream === "p0" && gap.reason === "damaged");
  if (!isAllowed || gap.from_seq !== seq || gap.to_seq < gap.from_seq) return false;
  return robot.verify(gapText(robot.id, batch.epoch, batch.stream, gap), gap.signature);
}

function takeGap(walk: Walk, gap: Gap): void {
  if (gap.to_seq <= walk.cursor) return;
  walk.store.push({ kind: "gap", seq: Math.max(gap.from_seq, walk.cursor + 1), toSeq: gap.to_seq, entry: gap });
  walk.cursor = gap.to_seq;
  walk.chainHead = null;
}

function takeEntry(walk: Walk, stream: Stream, seq: number, raw: unknown): void {
  const entry = readEntry(stream, seq, raw);
  if (typeof entry === "string") walk.quarantine.push({ seq, reason: entry, raw });
  else walk.store.push(entry);
  walk.cursor = seq;
  if (stream === "p0" && walk.chainHead !== null) walk.chainHead = chain(walk.chainHead, raw);
}

/** The entry, or why it goes to quarantine. */
function readEntry(stream: Stream, seq: number, raw: unknown): StoredEntry | string {
  const parsed = stream === "p2" ? HeartbeatEntry.safeParse(raw) : parseJournalEntry(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `${issue?.path.map(String).join("/") ?? ""}: ${issue?.message ?? "invalid"}`;
  }
  const entry = parsed.data;
  if (entry.seq !== seq) return `seq: says ${entry.seq} in the place of ${seq}`;
  if (entry.type === "heartbeats") return { kind: "heartbeats", seq, entry };
  if (entry.type in journalBodies[stream === "p0" ? "p0" : "p1"]) return { kind: "fact", seq, entry };
  return `type: ${entry.type} does not travel on ${stream}`;
}

function chain(head: string, raw: unknown): string | null {
  try {
    return chainNext(head, JSON.stringify(raw));
  } catch {
    return null;
  }
}

function suspect(at: StreamCursor, batch: UplinkBatch, walk: Walk): Received["suspicion"] {
  if (batch.stream === "p0" && walk.chainHead !== null && walk.chainHead !== batch.chain_head) return "chain_forked";
  const [latest, ...earlier] = at.bootIds;
  return latest !== batch.boot_id && earlier.includes(batch.boot_id) ? "boots_alternate" : null;
}
