import { Client, Pool } from "pg";

/** A database of a test's own, with a publication that holds the tables it makes. */
export class TestDatabase implements AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly publication = "kerbside_shapes";
  readonly pool: Pool;
  readonly #serverUrl: string;

  private constructor(serverUrl: string, name: string) {
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    this.#serverUrl = serverUrl;
    this.url = url.href;
    this.name = name;
    this.pool = new Pool({ connectionString: this.url, max: 12 });
    this.pool.on("error", () => undefined);
  }

  static async make(serverUrl: string, prefix: string): Promise<TestDatabase> {
    const name = `${prefix}_${process.pid}_${Date.now().toString(36)}`;
    await onServer(serverUrl, `CREATE DATABASE ${name}`);
    const database = new TestDatabase(serverUrl, name);
    await database.sql(`CREATE PUBLICATION ${database.publication}`);
    return database;
  }

  /** The slot's name must be unique in the whole server. */
  get slot(): string {
    return `${this.name}_slot`;
  }

  async sql(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const { rows } = await this.pool.query<Record<string, unknown>>(text, [...values]);
    return rows;
  }

  /** Makes a table that shapes may follow. */
  async table(name: string, columns: string): Promise<void> {
    await this.sql(`CREATE TABLE ${name} (${columns})`);
    await this.sql(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
    await this.sql(`ALTER PUBLICATION ${this.publication} ADD TABLE ${name}`);
  }

  /** As the migrator of the product does. */
  async tellOfDdl(prefix: string): Promise<void> {
    await this.sql(`CREATE FUNCTION tell_of_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_logical_emit_message(true, '${prefix}', tg_tag); END $$`);
    await this.sql("CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION tell_of_ddl()");
  }

  async untilSlotIsFree(): Promise<void> {
    const deadline = performance.now() + 20_000;
    const active = "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND active";
    while ((await this.sql(active, [this.slot])).length > 0) {
      if (performance.now() > deadline) throw new Error(`the slot of ${this.name} stays active`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** A server that was killed leaves its slot active until Postgres notices. */
  async #dropSlots(): Promise<void> {
    const deadline = performance.now() + 20_000;
    const ours = `FROM pg_replication_slots WHERE database = '${this.name}'`;
    for (;;) {
      await onServer(this.#serverUrl, `SELECT pg_terminate_backend(active_pid) ${ours} AND active`);
      await onServer(this.#serverUrl, `SELECT pg_drop_replication_slot(slot_name) ${ours} AND NOT active`);
      const left = await onServer(this.#serverUrl, `SELECT 1 ${ours}`);
      if (left === 0) return;
      if (performance.now() > deadline) throw new Error(`the slot of ${this.name} stays active`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end();
    await this.#dropSlots();
    await onServer(this.#serverUrl, `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

/** Answers how many rows there were. */
async function onServer(url: string, text: string): Promise<number> {
  const client = new Client(url);
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query(text);
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
