/** A position in Postgres' write-ahead log. On the shape protocol's wire it is a decimal integer. */
export type Lsn = bigint;

/** Reads Postgres' own spelling, `16/B374D848`. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split("/");
  if (high === undefined || low === undefined) throw new Error(`not a WAL position: ${text}`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Writes Postgres' own spelling. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
}
