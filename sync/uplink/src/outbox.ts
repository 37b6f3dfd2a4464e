import type { Stream } from "@kerbside/proto/robot/topics";

/** One stream's entries that are safe on the disk and not yet acknowledged. */
export interface Outbox {
  readonly stream: Stream;
  readonly epoch: number;
  /** The cursor the cloud last gave, as far as the disk remembers. */
  readonly acked: number;
  readonly head: number;
  /** Entries from `fromSeq` on, in order, within both limits but at least one; null when there is none. */
  read(fromSeq: number, limits: OutboxLimits): OutboxRun | null;
  /** The cloud has everything up to here. May be carried out later, together with the next write. */
  trim(upTo: number): void;
}

/** What one batch may hold. */
export interface OutboxLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

/** Entries that follow one another without a hole. */
export interface OutboxRun {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The chain's value after the last entry; empty for streams without a chain. */
  readonly chainHead: string;
  readonly entries: readonly unknown[];
}
