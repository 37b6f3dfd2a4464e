import type { Clock } from "@kerbside/proto/base/clock";
import type { Source } from "../log/store.sqlite.ts";
import type { Lsn } from "./lsn.ts";
import type { PgOutput } from "./pgoutput.ts";

export interface StreamOptions {
  readonly databaseUrl: string;
  readonly slot: string;
  readonly publication: string;
  readonly clock: Clock;
  readonly sink: StreamSink;
  readonly onTrouble: (problem: Error) => void;
}

/** What a connection found before the first byte of WAL. */
export interface StreamStart {
  readonly source: Source;
  /** The slot was made just now: what happened before is unknown to it. */
  readonly isNewSlot: boolean;
  /** What the slot remembers as acknowledged. */
  readonly confirmed: Lsn;
  /** What is in the WAL now. */
  readonly flushed: Lsn;
}

export interface StreamSink {
  /** Whether our log continues this history. A slot that does not belong to it is made anew. */
  isKnown(source: Source): boolean;
  /** Called before every session's first message. */
  start(start: StreamStart): Promise<void>;
  isWatched(oid: number): boolean;
  take(message: PgOutput): void;
  keepalive(walEnd: Lsn): void;
  /** Everything that one read of the socket brought was taken. A promise asks for time: nothing is taken until it resolves. */
  flush(): Promise<void> | null;
  /** Resolves with what survives a power cut now. */
  makeDurable(): Promise<Lsn>;
}
