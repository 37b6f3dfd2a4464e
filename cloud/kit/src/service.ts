import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Input, Reply, Routes } from "@kerbside/proto/base/endpoint";
import type { EventOf, EventType } from "@kerbside/proto/base/event";
import type { Rng } from "@kerbside/proto/base/rng";
import type { Principal } from "@kerbside/proto/base/roles";
import type { ShapeName } from "@kerbside/proto/shapes/shapes";
import type { SQL } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Registry } from "prom-client";

export type { Logger, Registry };

/** The service's own schema through drizzle; `search_path` is that schema and nothing else. */
export type Database = NodePgDatabase;
/** What a store gets inside `db.transaction(async (tx) => …)`. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** Everything about one request that is not in the contract. */
export interface RequestContext {
  /** Who asks; null at `public` endpoints, where credentials are not even looked at. */
  readonly principal: Principal | null;
  readonly requestId: string;
  /**
   * The same for every try of one Idempotency-Key, new for every other request. What a handler creates under this id
   * cannot be created twice, whenever a process dies.
   */
  readonly operationId: string;
  readonly signal: AbortSignal;
  readonly headers: Headers;
  /** What goes beside the reply, such as `set-cookie`. */
  readonly replyHeaders: Headers;
}

/** One function an endpoint. Throws `Fault` to refuse. Authentication and `access` were checked before. */
export type Handlers<R extends Routes> = {
  readonly [Name in keyof R]: (input: Input<R[Name]> & RequestContext) => Promise<Replied<Reply<R[Name]>>>;
};

/** An endpoint without a reply has a handler that returns nothing. */
type Replied<T> = [T] extends [undefined] ? void : T;

/** Listens to one kind of event. Runs once an event in a transaction with the inbox row; throwing retries with backoff. */
export interface Consumer<E extends EventType = EventType> {
  readonly on: E;
  handle(event: EventOf<E>, tx: Transaction): Promise<void>;
}

/** A named shape that the gatekeeper serves: who asks decides table, columns and rows. Answering null refuses. */
export interface ShapePolicy {
  readonly name: ShapeName;
  /** Table in this service's schema; it is published and gets REPLICA IDENTITY FULL. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly replica?: "default" | "full";
  readonly where: (principal: Principal) => { readonly sql: string; readonly params: readonly string[] } | null;
}

/** Turns one kind of credential into a principal; null when the request carries none of this kind. */
export interface Authenticator {
  readonly name: string;
  readonly authenticate: (request: Request) => Promise<Principal | null>;
  /**
   * For connections that outlive their credential, asked at least twice a minute: whether this principal was revoked
   * since. Null for one that is not of this kind.
   */
  readonly isRevoked?: (principal: Principal) => Promise<boolean | null>;
}

/** Work that goes on as long as the service runs. Ends when the signal aborts. */
export interface Background {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** The fields of an event that its publisher knows; the outbox fills in the rest. */
export interface NewEvent<E extends EventType> {
  readonly event_id?: string;
  readonly subject_id: string;
  readonly organization_id: string | null;
  readonly event_time: string;
  readonly actor: {
    readonly kind: "user" | "robot" | "partner" | "customer" | "merchant" | "service";
    readonly id: string;
  };
  readonly causation_id?: string | null;
  readonly robot_seq?: { readonly epoch: number; readonly stream: string; readonly seq: number };
  readonly body: EventOf<E>["body"];
}

/** One event of a batch; `appended` keeps body and type together. */
export interface Appended {
  readonly type: EventType;
  readonly event: NewEvent<EventType>;
}

/** One event for `appendAll`, with a body of its own type. */
export function appended<E extends EventType>(type: E, event: NewEvent<E>): Appended {
  return { type, event };
}

/**
 * Puts events beside the state they belong to, in the same transaction; the relay publishes them after the commit.
 * Append after the subject's row was written or locked: that is what keeps the events of one subject in order.
 */
export interface Outbox {
  append<E extends EventType>(tx: Transaction, type: E, event: NewEvent<E>): Promise<void>;
  /** Many in one statement, in this order. */
  appendAll(tx: Transaction, events: readonly Appended[]): Promise<void>;
  /**
   * For what somebody waits for: state and events in one statement of yours, which given the database commits by itself.
   * `compose` gets the insertion, to stand in a CTE. It appends where `when` holds, which should name what was
   * written, so that the subject's row is there first. Answers how many rows your statement answered.
   */
  appendWithin(on: Database | Transaction, events: readonly Appended[], statement: Within): Promise<number>;
}

/** How an insertion of events becomes part of another statement. */
export interface Within {
  readonly when: SQL;
  readonly compose: (insertion: SQL) => SQL;
}

/** What wiring may draw from. Take by name only what the service uses. */
export interface ServiceContext {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Typed client of another service, in memory or over HTTP, 2 s deadline. */
  readonly client: <R extends Routes>(service: string, routes: R) => Client<R>;
  /** Where the product may keep files of this service, keys among them (mode 0600). */
  readonly dataDir: string;
  /** Settings from the host, by service; each service parses its own with zod. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where people reach this installation, for links: `http://127.0.0.1:4100`. */
  readonly publicUrl: string;
}

/** What a service answers, hears and does while it runs. */
export interface Wired<R extends Routes> {
  readonly handlers: Handlers<R>;
  readonly consumers?: readonly Consumer[];
  readonly authenticators?: readonly Authenticator[];
  readonly background?: readonly Background[];
  /** Null when ready, else what is missing, in words. */
  readonly ready?: () => Promise<string | null>;
  /** For what the contract cannot express: tiles, another vendor's API. Mounted at the root. */
  readonly web?: (app: Hono) => void;
}

/** One service: its name (also its Postgres schema, with `_` for `-`), contract, migrations and wiring. */
export interface Service<R extends Routes = Routes> {
  readonly name: string;
  readonly routes: R;
  /** Folder of drizzle migrations. */
  readonly migrations: URL;
  readonly shapes?: readonly ShapePolicy[];
  readonly wire: (context: ServiceContext) => Wired<R> | Promise<Wired<R>>;
}

/** Declares a service; the host starts it. Its handlers compile only if they fit the contract. */
export function defineService<const R extends Routes>(service: Service<R>): Service<R> {
  return service;
}

/** Keeps the event's type through the list of consumers. */
export function consumer<E extends EventType>(on: E, handle: Consumer<E>["handle"]): Consumer<E> {
  return { on, handle };
}
