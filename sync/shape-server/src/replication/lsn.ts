/** A position in Postgres' write-ahead log. On the shape protocol's wire it is a decimal integer. */
export type Lsn = bigint;

/** Reads Postgres' own spelling, `16/B374D848`. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split("/");
  if (high === undefined || low === undefined) throw new Error(`not a WAL position: ${text}`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function later(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b;
}
