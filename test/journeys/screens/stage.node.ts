import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@kerbside/cloud-host/config";
import { type Platform, startPlatform } from "@kerbside/cloud-host/platform.node";
import type { EventType } from "@kerbside/proto/base/event";
import { Pool } from "pg";
import type * as z from "zod";
import type { StaticApp } from "@kerbside/cloud-host/web/static.node";
import { builtPages } from "./pages.node.ts";

/** A fact as its publisher would have said it. */
export interface Told<E extends EventType> {
  readonly subject_id: string;
  readonly organization_id: string;
  readonly event_time: string;
  readonly actor: { readonly kind: "robot" | "service"; readonly id: string };
  readonly robot_seq?: { readonly epoch: number; readonly stream: string; readonly seq: number };
  readonly body: z.input<E["body"]>;
}

/**
 * The real platform with the built pages and no robot: what robots would have said is put where they would have put it,
 * so that a screen can be shown in every state.
 */
export class Stage implements AsyncDisposable {
  readonly #folder: string;
  readonly #apps: readonly StaticApp[];
  #port = 0;
  #running: { readonly platform: Platform; readonly db: Pool } | null = null;

  private constructor(folder: string, apps: readonly StaticApp[]) {
    this.#folder = folder;
    this.#apps = apps;
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), "kerbside-stage-")), await builtPages());
    await stage.start();
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get platform(): Platform {
    return this.#now().platform;
  }

  /** Starts at the same address and on the same data as before. */
  async start(): Promise<void> {
    const platform = await startPlatform({
      config: parseConfig({
        KERBSIDE_DATA: this.#folder,
        PORT: String(this.#port),
        MQTT_PORT: "0",
        // Robots that only say where they are have no opening on record, which the services rightly find alarming.
        LOG_LEVEL: "fatal",
      }),
      apps: this.#apps,
      settings: { deliveries: { pin_cost: { n: 256 } } },
    });
    const db = new Pool({ connectionString: platform.databaseUrl, max: 4 });
    this.#port = Number(new URL(platform.url).port);
    this.#running = { platform, db };
  }

  async stop(): Promise<void> {
    const { platform, db } = this.#now();
    this.#running = null;
    await db.end();
    await platform[Symbol.asyncDispose]();
  }

  /** Asks the database as its admin. */
  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#now().db.query<Row>(text, [...values])).rows;
  }

  /** Puts rows into a table, whose names and types they have. */
  async insert(table: string, rows: readonly object[]): Promise<void> {
    await this.rows(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  }

  /** Says facts in this order, as if the service had just written them down. */
  async tell<E extends EventType>(
    schema: "dispatch" | "robot_gateway",
    type: E,
    facts: readonly Told<E>[],
  ): Promise<void> {
    const envelopes = facts.map((fact) => ({
      ...fact,
      event_id: crypto.randomUUID(),
      type: type.type,
      version: type.version,
      recorded_time: new Date().toISOString(),
      causation_id: null,
    }));
    await this.rows(
      `insert into ${schema}.outbox (event_id, type, subject_id, envelope)
       select (e ->> 'event_id')::uuid, e ->> 'type', e ->> 'subject_id', e
       from jsonb_array_elements($1::jsonb) with ordinality as given (e, place) order by place`,
      [JSON.stringify(envelopes)],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #now(): { readonly platform: Platform; readonly db: Pool } {
    if (!this.#running) throw new Error("the server is stopped");
    return this.#running;
  }
}
