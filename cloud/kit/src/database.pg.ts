import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { prepareStatements } from "./prepared.pg.ts";
import type { Database, Transaction } from "./service.ts";

/** Every service role gets at most this many connections. */
export const connectionsMax = 4;

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly onError: (error: Error) => void;
  /** Told after a transaction that appended events has committed. */
  readonly onAppended?: () => void;
}

export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database;
  readonly pool: Pool;
}

/** A server that goes away ends connections, idle or in use; an error that nobody hears would end the process. */
export function surviveLosses(pool: Pool, onError: (error: Error) => void): void {
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", () => undefined));
}

type Session = Transaction["_"]["session"];
const appending = new WeakSet<Session>();

/** The outbox says that this transaction holds events for the relay. Savepoints share their transaction's session. */
export function markAppending(tx: Transaction): void {
  appending.add(tx._.session);
}

/** A service's connections. A statement ends after 30 s, an idle transaction after 60 s. */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.name,
    max: connectionsMax,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  surviveLosses(pool, options.onError);
  prepareStatements(pool);
  const db: Database = drizzle(pool);
  const begin = db.transaction.bind(db);
  db.transaction = async (work, config) => {
    let session: Session | null = null;
    const result = await begin((tx) => {
      session = tx._.session;
      return work(tx);
    }, config);
    if (session && appending.has(session)) options.onAppended?.();
    return result;
  };
  return { db, pool, [Symbol.asyncDispose]: () => pool.end() };
}
