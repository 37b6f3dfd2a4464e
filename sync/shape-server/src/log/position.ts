/**
 * A place in a shape's log. `0_n` is after snapshot chunk n, `0_inf` after the whole snapshot, `<commit LSN>_<op>` after
 * that change. `op` is Infinity for `inf`.
 */
export interface Position {
  readonly tx: bigint;
  readonly op: number;
}

/** Where a request wants to begin: before everything, at the end, or after a place. */
export type RequestedOffset = "-1" | "now" | Position;

export const afterSnapshot: Position = { tx: 0n, op: Number.POSITIVE_INFINITY };
const txMax = 2n ** 64n - 1n;

/** Null when the text follows no form of the protocol. */
export function parseOffset(text: string): RequestedOffset | null {
  if (text === "-1" || text === "now") return text;
  const match = /^(\d{1,20})_(\d{1,15}|inf)$/.exec(text);
  if (!match) return null;
  const tx = BigInt(match[1] ?? "");
  if (tx > txMax) return null;
  return { tx, op: match[2] === "inf" ? Number.POSITIVE_INFINITY : Number(match[2]) };
}

export function formatPosition(position: Position): string {
  return `${position.tx}_${position.op === Number.POSITIVE_INFINITY ? "inf" : position.op}`;
}

const lsnAlignment = 8n;

/** The last commit that a position may follow. LSNs are aligned: what lies between two is after the first. */
export function lastCommit({ tx }: Position): bigint {
  return tx - (tx % lsnAlignment);
}

/** Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  if (a.tx !== b.tx) return a.tx < b.tx ? -1 : 1;
  if (a.op === b.op) return 0;
  return a.op < b.op ? -1 : 1;
}
