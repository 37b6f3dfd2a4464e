import type { Lsn } from "../replication/lsn.ts";
import { isVisible, type SnapshotMark } from "./visibility.ts";

interface Streamed {
  readonly number: number;
  readonly xid: number;
  readonly commitLsn: Lsn;
}

/** A snapshot lags behind the stream by microseconds, or by one synchronous standby; this is far more. */
const remembered = 4_096;

/**
 * The transactions that the stream brought last, numbered from 1. A transaction may be streamed before other sessions see
 * it; a snapshot that does not hold one of those that came before its shape joined would lose it.
 */
export class RecentTransactions {
  readonly #ring: (Streamed | undefined)[] = Array.from({ length: remembered });
  #count = 0;

  /** The number of the newest one, finished or not. */
  get count(): number {
    return this.#count;
  }

  begin(xid: number, commitLsn: Lsn): void {
    this.#count += 1;
    this.#ring[this.#count % remembered] = { number: this.#count, xid, commitLsn };
  }

  /** Whether the snapshot holds every transaction up to this number. */
  isHeldBy(mark: SnapshotMark, upTo: number): boolean {
    return !this.#ring.some(
      (streamed) => streamed && streamed.number <= upTo && !isVisible(mark, streamed.xid, streamed.commitLsn),
    );
  }
}
