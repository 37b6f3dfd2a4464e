import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@kerbside/cloud-host/embedded/postgres.node";
import { Client } from "pg";
import { type Child, startChild } from "./child.node.ts";
import type { ShapesProcess } from "./shapes.ts";

export const publication = "kerbside_shapes";
export const robotId = "019a0000-0000-7000-8000-000000000001";

/** A PostgreSQL with a published table of a thousand robots, and our shape server on it in a process of its own. */
export interface Ground {
  readonly url: string;
  readonly writer: Client;
  readonly shapes: Child<ShapesProcess>;
  /** Where the shape server is. */
  readonly server: string;
}

export async function openGround(running: AsyncDisposableStack): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-bench-pg-"));
  running.defer(() => rm(folder, { recursive: true, force: true }));
  const { url } = running.use(await startPostgres({ dataDir: join(folder, "data") }));
  const writer = await connect(url);
  running.defer(() => writer.end());
  await writer.query("create table robot (robot_id uuid primary key, place text not null, n int not null)");
  await writer.query("alter table robot replica identity full");
  await writer.query(`create publication ${publication} for table robot`);
  await writer.query("insert into robot select gen_random_uuid(), 'somewhere', i from generate_series(1, 1000) i");
  await writer.query("insert into robot values ($1, 'here', 0)", [robotId]);
  const shapes = running.use(startChild<ShapesProcess>("shapes.ts", ["--expose-gc"]));
  const server = await shapes.ask("start", { databaseUrl: url, publication, slot: "bench_shapes" });
  return { url, writer, shapes, server };
}

export async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
