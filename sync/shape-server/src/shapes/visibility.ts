import type { Lsn } from "../replication/lsn.ts";

/** What a snapshot saw. Transaction ids are 64-bit, as `pg_current_snapshot()` prints them. */
export interface SnapshotMark {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly inProgress: readonly bigint[];
  /** Where WAL was being inserted just after the snapshot was taken: whatever commits at or beyond it was not seen. */
  readonly insertLsn: Lsn;
}

/** Reads `xmin:xmax:xip,xip`. */
export function parseSnapshot(text: string, insertLsn: Lsn): SnapshotMark {
  const [xmin, xmax, inProgress] = text.split(":");
  if (!xmin || !xmax) throw new Error(`not a snapshot: ${text}`);
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    inProgress: inProgress ? inProgress.split(",").map(BigInt) : [],
    insertLsn,
  };
}

/**
 * Whether the snapshot already holds a streamed transaction. The list of running transactions decides, not the LSN:
 * a commit is in the WAL before other sessions may see it. Far from the snapshot the LSN alone says no, so that
 * 32-bit ids that came round again do no harm.
 */
export function isVisible(mark: SnapshotMark, xid32: number, commitLsn: Lsn): boolean {
  if (commitLsn >= mark.insertLsn) return false;
  const xid = widen(xid32, mark.xmax);
  if (xid < mark.xmin) return true;
  return xid < mark.xmax && !mark.inProgress.includes(xid);
}

/** The 64-bit id nearest to `near` that ends in these 32 bits. */
export function widen(xid32: number, near: bigint): bigint {
  return near + BigInt.asIntN(32, BigInt(xid32) - near);
}
