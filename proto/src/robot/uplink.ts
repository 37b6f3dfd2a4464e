import * as z from "zod";
import { JournalEntry } from "./journal.ts";
import { Signed } from "./signed.ts";
import { streams } from "./topics.ts";

const Seq = z.int().positive();

/** Limits that both ends refuse to cross. */
export const uplinkLimits = { entriesMax: 500, batchBytesMax: 256 * 1024, inFlightMax: 4 } as const;

/** A hole that the robot declares over its own signature: these numbers are gone, and why. */
export const GapRecord = z.object({
  type: z.literal("gap"),
  from_seq: Seq,
  to_seq: Seq,
  reason: z.enum(["thinned", "damaged"]),
  event_time: z.int(),
  /** Ed25519 by the robot's key over `gap\n{robot_id}\n{epoch}\n{stream}\n{from}\n{to}\n{reason}`, base64. */
  signature: z.string(),
});
export type GapRecord = z.infer<typeof GapRecord>;

/** One packed run of heartbeats (see heartbeat/codec.ts) as a telemetry entry. */
export const HeartbeatEntry = z.object({
  type: z.literal("heartbeats"),
  seq: Seq,
  event_time: z.int(),
  from_time: z.int(),
  to_time: z.int(),
  samples: z.int().positive(),
  data: z.instanceof(Uint8Array),
  /** When the robot means to send the next run, as milliseconds from this one; what it showed is stale after twice that. */
  next_in_ms: z.int().positive().optional(),
});
export type HeartbeatEntry = z.infer<typeof HeartbeatEntry>;

export const UplinkEntry = z.union([JournalEntry, HeartbeatEntry, GapRecord]);
export type UplinkEntry = z.infer<typeof UplinkEntry>;

/**
 * What a robot publishes on `up/{stream}`, packed with msgpackr. Entries are dense from `first_seq`; a gap record
 * fills its whole range. `chain_head` is the hash-chain value after the last entry (hex, empty on p1 and p2).
 */
export const UplinkBatch = z.object({
  v: z.literal(1),
  epoch: z.int().positive(),
  boot_id: z.uuid(),
  stream: z.enum(streams),
  first_seq: Seq,
  chain_head: z.string().max(64),
  /**
   * Sent until the cloud has acknowledged something of this epoch: Ed25519 by the robot's key over
   * `epoch\n{robot_id}\n{stream}\n{epoch}`, base64. Without it no new epoch is admitted.
   */
  epoch_proof: z.string().max(128).optional(),
  /** Each entry is checked on its own, so that one poisoned entry cannot hold back the rest. */
  entries: z.array(z.unknown()).min(1).max(uplinkLimits.entriesMax),
});
export type UplinkBatch = z.infer<typeof UplinkBatch>;

/**
 * The cloud's answer on `ack/{stream}`, after its commit: everything up to `cursor` is safe.
 * The only thing that lets a robot forget. Also sent, unchanged, for a batch that left a gap: the robot rewinds to it.
 */
export const UplinkAck = z.object({
  v: z.literal(1),
  stream: z.enum(streams),
  epoch: z.int().positive(),
  cursor: z.int().nonnegative(),
  cloud_time: z.int(),
  /** Now and then the cloud's time over its signature (`SignedTime` inside), for the robot's trusted time. */
  time: Signed.optional(),
});
export type UplinkAck = z.infer<typeof UplinkAck>;

/**
 * Retained on `link`: written by the robot at connect and on goodbye, by the broker as the last will. While connected
 * the robot may say `online` again with what it measures of the link.
 */
export const LinkMessage = z.object({
  v: z.literal(1),
  state: z.enum(["online", "offline", "hibernating", "connection_broken"]),
  boot_id: z.uuid(),
  /** The robot's wall clock; of a will, when its connection was begun. */
  at: z.int(),
  /** Round trip of the last acknowledged batch, and the share of batches that had to be sent again. */
  rtt_ms: z.int().nonnegative().optional(),
  loss: z.number().min(0).max(1).optional(),
  /** For `offline` and `hibernating`: when the robot means to be back. */
  back_at: z.int().optional(),
});
export type LinkMessage = z.infer<typeof LinkMessage>;
