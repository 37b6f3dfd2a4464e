/** Promises that nothing at or before this LSN will come any more. */
export function upToDate(lsn: bigint): string {
  return `{"headers":{"control":"up-to-date","global_last_seen_lsn":"${lsn}"}}`;
}
