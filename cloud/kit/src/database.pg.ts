import { drizzle } from "drizzle-orm/node-postgres";
import { Pool, type PoolClient, type PoolConfig } from "pg";
import { prepareStatements } from "./prepared.pg.ts";
import type { Database, Transaction } from "./service.ts";

/** Every service role gets at most this many connections. */
export const connectionsMax = 4;

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly onLost: (error: Error) => void;
  /** Told after a transaction that appended events has committed. */
  readonly onAppended?: () => void;
}

export interface OpenDatabase extends OpenPool {
  readonly db: Database;
}

export interface OpenPool extends AsyncDisposable {
  readonly pool: Pool;
}

/**
 * A statement ends after 30 s, an idle transaction after 60 s. A server that goes away ends connections, idle or in use:
 * each is told of, since an error that nobody hears would end the process. While a pool closes that is no news: it has
 * ended before its sockets have.
 */
export function openPool(config: PoolConfig, onLost: (error: Error) => void): OpenPool {
  const pool = new Pool({
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    ...config,
  });
  let isClosing = false;
  pool.on("error", (error) => {
    if (!isClosing) onLost(error);
  });
  pool.on("connect", (client) => client.on("error", () => undefined));
  prepareStatements(pool);
  return {
    pool,
    [Symbol.asyncDispose]: () => {
      isClosing = true;
      return pool.end();
    },
  };
}

type Session = Transaction["_"]["session"];
const appending = new WeakSet<Session>();

/** The outbox says that this transaction holds events for the relay. Savepoints share their transaction's session. */
export function markAppending(tx: Transaction): void {
  appending.add(tx._.session);
}

/** A service's connections. */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const { url: connectionString, name: application_name, onLost } = options;
  const config = { connectionString, application_name, max: connectionsMax, idleTimeoutMillis: 30_000 };
  const open = openPool(config, onLost);
  const db: Database = drizzle(open.pool);
  const clients = new WeakMap<PoolClient, Database>();
  // drizzle gives a connection back only if its transaction has begun: one that died before would be lost to the pool.
  db.transaction = async (work, config) => {
    const client = await open.pool.connect();
    const own = clients.get(client) ?? drizzle(client);
    clients.set(client, own);
    let session: Session | null = null;
    try {
      const result = await own.transaction((tx) => {
        session = tx._.session;
        return work(tx);
      }, config);
      if (session && appending.has(session)) options.onAppended?.();
      return result;
    } finally {
      if (session) appending.delete(session);
      client.release();
    }
  };
  return { ...open, db };
}
