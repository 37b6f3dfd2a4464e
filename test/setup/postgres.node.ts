import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@kerbside/cloud-host/embedded/postgres.node";
import type { TestProject } from "vitest/node";

/** One real PostgreSQL a test run. `fsync` is off: no test here pulls the power from under Postgres. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-test-pg-"));
  await chmod(folder, 0o755);
  const server = await startPostgres({
    dataDir: join(folder, "data"),
    settings: { fsync: "off", synchronous_commit: "on", full_page_writes: "off", max_connections: "300" },
  });
  project.provide("postgresUrl", server.url);
  return async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
}
