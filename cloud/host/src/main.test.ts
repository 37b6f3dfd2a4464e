import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { emptyDatabase, HostPrograms, onServer, type Program } from "./host.harness.ts";

/** Whole programs start here, beside other suites. */
vi.setConfig({ testTimeout: 120_000 });

let programs: HostPrograms;
beforeEach(async () => {
  programs = await HostPrograms.open();
});
afterEach(() => programs[Symbol.asyncDispose]());

const nowhere = "postgres://admin:hunter2@127.0.0.1:1/kerbside";

describe("the host's command line", () => {
  test("explains itself, examples first", async () => {
    const { code, output } = await programs.run({ flags: ["--help"] });

    expect(code).toBe(0);
    expect(output).toMatch(/^Examples:\n/);
    expect(output).toContain("first-organization");
    expect(output).toContain("DATABASE_URL");
  });

  test.each([
    [["--prot", "4100"], "unknown option '--prot'"],
    [["--app", "ops"], "write it as /prefix=folder"],
    [["--app", "/ops=/nowhere"], "there is no folder /nowhere"],
    [["--port", "eighty"], "PORT=eighty (the port of pages and API, also --port): a whole number from 0 to 65535"],
    [["--services", "delivery"], "SERVICES: there is no service delivery; there are accounts, config,"],
    [["extra"], "too many arguments"],
    [["first-organization", "--name", "Acme"], "required option '--email <address>'"],
  ])("refuses %j with what is wrong, and ends with 2", async (flags, words) => {
    const { code, output } = await programs.run({ flags });

    expect(output).toContain(words);
    expect(code).toBe(2);
  });

  test.each([
    [{ PORT: "x", LOG_LEVEL: "loud" }, /^PORT=x .*\nLOG_LEVEL=loud .*\n$/],
    [{ MQTT_URL: "mqtt://broker" }, /^MQTT_URL=mqtt:\/\/broker .*with a user and a password is needed/],
    [{ KERBSIDE_SECRET: "short" }, /^KERBSIDE_SECRET has 5 characters .*64 hexadecimal digits are needed/],
    [{ SERVICE_URLS: "maps=http://a" }, /^KERBSIDE_SECRET is missing: /],
    [
      { SERVICE_URLS: "mapps=http://a", KERBSIDE_SECRET: "5a".repeat(32) },
      /^SERVICE_URLS: there is no service mapps; there are accounts, /,
    ],
  ])("refuses %j on a line each, and ends with 2", async (environment, words) => {
    const { code, output } = await programs.run({ environment });

    expect(output).toMatch(words);
    expect(code).toBe(2);
  });

  test("says so when Node is too old for it", async () => {
    const pretend = "Object.defineProperty(process.versions, 'node', { value: '22.17.0' })";

    const { code, output } = await programs.run({ nodeFlags: ["--import", `data:text/javascript,${pretend}`] });

    expect(output).toMatch(/^Kerbside needs Node 24 or later, and this is Node 22\.17\.0 \(.*\)\n$/);
    expect(code).toBe(2);
  });
});

describe("a host that cannot start says why on one line, and ends with 1", () => {
  test.each([
    ["a database that is not there", { DATABASE_URL: nowhere }, "127.0.0.1:1/kerbside cannot be used: connect ECONN"],
    [
      "one behind a name with two addresses",
      { DATABASE_URL: "postgres://admin:hunter2@localhost:1/kerbside" },
      "localhost:1/kerbside cannot be used: connect ECONN",
    ],
    [
      "a data folder inside a file",
      { KERBSIDE_DATA: "/dev/null/data" },
      "KERBSIDE_DATA: /dev/null/data cannot be made",
    ],
    ["one where nobody may write", { KERBSIDE_DATA: "/proc" }, "KERBSIDE_DATA: /proc cannot be written"],
    ["an address of another machine", { HOST: "192.0.2.1", PORT: "1" }, "cannot listen on 192.0.2.1 port 1"],
  ])("%s", async (_title, environment, words) => {
    await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
    const flags = ["--services", "config"];

    const { code, output } = await programs.run({ flags, environment: { DATABASE_URL: database.url, ...environment } });

    expect(output).toContain(words);
    expect(output.trimEnd().split("\n").at(-1)).toContain(words);
    expect(output).not.toContain("hunter2");
    expect(code).toBe(1);
  });

  test("a role that may not make roles", async () => {
    const name = `host_${randomUUID().slice(0, 8)}`;
    await using database = await emptyDatabase(inject("postgresUrl"), name);
    await onServer(database.url, (client) => client.query(`create role ${name}_weak login password 'weak'`));
    const url = new URL(database.url);
    url.username = `${name}_weak`;
    url.password = "weak";

    const { code, output } = await programs.run({ environment: { DATABASE_URL: url.href } });

    expect(output).toContain(`the role ${name}_weak needs CREATEROLE, REPLICATION and CREATE on the database`);
    expect(code).toBe(1);
  });
});

describe("a host that runs", () => {
  test("takes the next port where its own is taken, and refuses the database once a later version was there", async () => {
    await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
    await using taken = await occupiedPort();
    const environment = { DATABASE_URL: database.url, PORT: String(taken.port) };
    const flags = ["--services", "config"];

    const host = programs.start({ flags, environment });
    const url = await host.ready;
    host.child.kill("SIGTERM");

    expect(await host.ended).toBe(0);
    expect(host.output()).toContain(`port ${taken.port} is taken, using ${new URL(url).port}`);

    await onServer(database.url, (client) =>
      client.query("insert into kerbside.migration (schema, name, hash) values ('config', '9999_later', '')"),
    );
    const { code, output } = await programs.run({ flags, environment });

    expect(output).toContain("the database was used by a later version: migrations config/9999_later are not known");
    expect(code).toBe(1);
  });

  test("lets a request finish when it is asked to end, and does not wait for one that never does", async () => {
    await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
    const host = programs.start({ flags: ["--services", "accounts"], environment: { DATABASE_URL: database.url } });
    await using request = await beginSignIn(await host.ready);
    await using _hanging = await beginSignIn(await host.ready);

    host.child.kill("SIGTERM");
    await said(host, "stopping");
    const answer = await request.finish();

    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(await host.ended).toBe(0);
  });

  test("that was killed leaves a database to the next one, and to none with another secret", async () => {
    const flags = ["--services", "config"];
    const first = programs.start({ flags });
    await first.ready;
    const postmaster = await readFile(join(programs.dataDir, "postgres/postmaster.pid"), "utf8");
    first.child.kill("SIGKILL");
    await first.ended;

    const second = programs.start({ flags });
    await second.ready;
    const next = await readFile(join(programs.dataDir, "postgres/postmaster.pid"), "utf8");
    second.child.kill("SIGINT");
    const code = await second.ended;
    const stranger = await programs.run({ flags, environment: { KERBSIDE_SECRET: "5a".repeat(32) } });

    expect(next.split("\n")[0]).not.toBe(postmaster.split("\n")[0]);
    expect(code).toBe(0);
    expect(stranger.output).toContain("was made with another secret: put back");
    expect(stranger.code).toBe(1);
    await expect(readFile(join(programs.dataDir, "postgres/postmaster.pid"))).rejects.toThrow("ENOENT");
  });
});

async function said(host: Program, words: string): Promise<void> {
  await expect.poll(() => host.output(), { timeout: 10_000 }).toContain(words);
}

/** A sign-in of which the server has the headers and waits for the body. */
async function beginSignIn(url: string): Promise<{ finish(): Promise<string> } & AsyncDisposable> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  let heard = "";
  socket.on("data", (text) => (heard += String(text))).on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const body = JSON.stringify({ email: "ada@acme.example", password: "of somebody else" });
  socket.write(
    `POST /v1/session HTTP/1.1\r\nhost: kerbside\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  await expect.poll(() => heard).toContain("100 Continue");
  heard = "";
  return {
    async finish() {
      socket.write(body);
      await expect.poll(() => heard, { timeout: 10_000 }).toContain("HTTP/1.1");
      return heard.replace(/^\s+/, "");
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

async function occupiedPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server listens on no port");
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
