import { Client } from "pg";

/** The passwords of the database's roles follow from one secret; starting with another would lock the first host out. */
export class OtherInstallation extends Error {
  constructor(database: string) {
    super(
      `DATABASE_URL: the database ${database} belongs to an installation with another secret: give its KERBSIDE_SECRET, or the data folder that has it`,
    );
    this.name = "OtherInstallation";
  }
}

/** Writes down whose database it is at the first start, and throws where it is somebody else's. */
export async function claimDatabase(adminUrl: string, fingerprint: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: "kerbside-installation" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('kerbside/migrate'))");
    await client.query(`
      create schema if not exists kerbside;
      create table if not exists kerbside.installation (
        one boolean primary key default true check (one),
        fingerprint text not null
      )`);
    await client.query("insert into kerbside.installation (fingerprint) values ($1) on conflict do nothing", [
      fingerprint,
    ]);
    const { rowCount } = await client.query("select from kerbside.installation where fingerprint = $1", [fingerprint]);
    if (rowCount === 0) throw new OtherInstallation(new URL(adminUrl).pathname.slice(1));
  } finally {
    await client.end();
  }
}
