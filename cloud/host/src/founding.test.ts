import { randomUUID } from "node:crypto";
import { createClient } from "@kerbside/proto/base/client.http";
import { Fault } from "@kerbside/proto/base/fault";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { expect, inject, test, vi } from "vitest";
import { foundWith } from "./founding.ts";
import { emptyDatabase, HostPrograms } from "./host.harness.ts";

/** Whole programs start here, beside other suites. */
vi.setConfig({ testTimeout: 120_000 });

const email = "ada@acme.example";
const founding = ["first-organization", "--name", "Acme Robots", "--email", email, "--person", "Ada"];

test("a bare installation gets its first organization once, and its admin signs in", async () => {
  await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
  await using programs = await HostPrograms.open();
  const environment = { DATABASE_URL: database.url };

  const { code, data } = await programs.run({ flags: [...founding, "--json"], environment });
  const again = await programs.run({ flags: founding, environment });
  const host = programs.start({ flags: ["--services", "accounts"], environment });
  const accounts = createClient(accountsRoutes, { baseUrl: await host.ready });
  const { password } = passwordIn(data);
  const session = await accounts.signIn({ body: { email, password } });

  expect(code).toBe(0);
  expect(again).toMatchObject({ code: 1, data: "" });
  expect(again.output).toContain("this installation has an organization already");
  expect(session).toMatchObject({ user: { name: "Ada", role: "admin" }, organization: { name: "Acme Robots" } });
});

test("a host that runs is asked for it", async () => {
  await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
  await using programs = await HostPrograms.open();
  const environment = { DATABASE_URL: database.url };
  const host = programs.start({ flags: ["--services", "accounts"], environment });
  await host.ready;

  const wrong = await programs.run({ flags: ["first-organization", "--name", "Acme", "--email", "ada"], environment });
  const strange = { ...environment, KERBSIDE_SECRET: "5a".repeat(32) };
  const stranger = await programs.run({ flags: founding, environment: strange });
  const { code, data } = await programs.run({ flags: founding, environment });

  expect(stranger).toMatchObject({ code: 1, data: "" });
  expect(stranger.output).toContain("has another secret: give the KERBSIDE_SECRET that it was given");
  expect(wrong.output).toMatch(/^--email: /);
  expect(wrong.code).toBe(2);
  expect(data).toMatch(/^organization +Acme Robots \(.+\)\nsign in as +ada@acme\.example\npassword +\S{12,}\n/);
  expect(code).toBe(0);
});

test("a host without accounts says that it has none", async () => {
  const createOrganization = () => Promise.reject(new Fault("not_found"));

  const asked = foundWith({ createOrganization }, { name: "Acme", email, person: "Ada" });

  await expect(asked).rejects.toThrow("does not run accounts");
});

function passwordIn(json: string): { readonly password: string } {
  const said: unknown = JSON.parse(json);
  if (typeof said !== "object" || said === null || !("password" in said)) throw new Error(`no password in ${json}`);
  return { password: String(said.password) };
}
