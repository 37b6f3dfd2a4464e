/** What a PostgreSQL that we did not start says of itself. */
export interface ServerFacts {
  readonly name: string;
  /** As people say it, `16.2`. */
  readonly version: string;
  readonly version_num: number;
  readonly wal_level: string;
  readonly role: string;
  /** Whether our role may make roles, schemas and replication slots. */
  readonly may_make: boolean;
}

const oldest = 15;

/** Why we cannot live on it, with what to do; null where we can. */
export function whyUnfit({ version, version_num, wal_level, role, may_make }: ServerFacts): string | null {
  if (version_num < oldest * 10_000) return `it is PostgreSQL ${version}, and ${oldest} or later is needed`;
  if (wal_level !== "logical") return `wal_level is ${wal_level}: set it to logical and restart the server`;
  if (!may_make) return `the role ${role} needs CREATEROLE, REPLICATION and CREATE on the database`;
  return null;
}
