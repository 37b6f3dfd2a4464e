/**
 * How Postgres must spell values. Snapshot sessions and the replication session use the same, else the two halves of a
 * shape disagree. Sent as startup options.
 */
export const displaySettings: string = [
  "bytea_output=hex",
  "DateStyle=ISO,DMY",
  "TimeZone=UTC",
  "extra_float_digits=1",
  "IntervalStyle=iso_8601",
]
  .map((setting) => `-c ${setting}`)
  .join(" ");
