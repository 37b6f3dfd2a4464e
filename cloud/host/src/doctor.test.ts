import { randomUUID } from "node:crypto";
import { expect, inject, test, vi } from "vitest";
import { emptyDatabase, HostPrograms } from "./host.harness.ts";

/** Whole programs start here, beside other suites. */
vi.setConfig({ testTimeout: 120_000 });

test("with nothing installed and nothing running, everything embedded is fine", async () => {
  await using programs = await HostPrograms.open();

  const { code, data } = await programs.run({ flags: ["doctor"] });

  expect(data).toMatch(/^ok {4}folder .*\nok {4}database {2}embedded PostgreSQL in .*\nok {4}broker .*\n/);
  expect(code).toBe(0);
});

test("parts elsewhere that are not there are named with what is wrong, and no password", async () => {
  await using programs = await HostPrograms.open();
  const environment = {
    KERBSIDE_DATA: "/dev/null/data",
    DATABASE_URL: "postgres://admin:hunter2@127.0.0.1:1/kerbside",
    MQTT_URL: "mqtt://us:hunter2@127.0.0.1:1",
    ELECTRIC_URL: "http://127.0.0.1:1",
  };

  const { code, data } = await programs.run({ flags: ["doctor", "--json"], environment });

  const findings: unknown = JSON.parse(data);
  expect(findings).toMatchObject([
    { part: "folder", uses: "/dev/null/data", problem: expect.stringContaining("/dev/null is no folder") },
    { part: "database", problem: expect.stringContaining("cannot be used: connect ECONNREFUSED") },
    { part: "broker", problem: expect.stringContaining("no connection (connect ECONNREFUSED") },
    { part: "shapes", problem: expect.stringContaining("no Electric at http://127.0.0.1:1") },
    { part: "web", problem: null },
  ]);
  expect(data).not.toContain("hunter2");
  expect(code).toBe(1);
});

test("a host that runs is asked how its parts are", async () => {
  await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
  await using programs = await HostPrograms.open();
  const host = programs.start({ flags: ["--services", "config"], environment: { DATABASE_URL: database.url } });
  const url = await host.ready;

  const { code, data } = await programs.run({ flags: ["doctor"] });

  expect(data).toContain(`process ${host.child.pid} at ${url}`);
  expect(data).toMatch(/^ok {4}config +the running host$/m);
  expect(code).toBe(0);
});
