import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { Aedes } from "aedes";
import { describe, expect, test, vi } from "vitest";
import { MqttLink } from "./link.mqtt.ts";
import { type LinkBench, linkSuite } from "./link.suite.ts";

const parts = { clock: systemClock, rng: systemRng };
const patience = { timeout: 10_000, interval: 5 };

async function listen(server: Server): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server has no port");
  return address.port;
}

async function aedesBench(): Promise<LinkBench & { readonly port: number; readonly broker: Aedes }> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => void broker.handle(socket.setNoDelay(true)));
  const port = await listen(server);
  const sockets = new Map<string, () => void>();
  broker.on("client", (client) => sockets.set(client.id, () => client.conn.destroy()));
  return {
    port,
    broker,
    connect: (clientId, will) =>
      new MqttLink({ url: `mqtt://127.0.0.1:${port}`, clientId, ...(will && { will }), ...parts }),
    cut: (clientId) => sockets.get(clientId)?.(),
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      broker.close(() => server.close(() => closed.resolve()));
      await closed.promise;
    },
  };
}

/** Mosquitto behind a relay of ours, because only a relay can break one client's connection from outside. */
async function mosquittoBench(): Promise<LinkBench> {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-mosquitto-"));
  const config = join(folder, "mosquitto.conf");
  const freePort = createServer();
  const port = await listen(freePort);
  freePort.close();
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\n`);
  const child: ChildProcess = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  const relays = new Map<
    string,
    { readonly server: Server; readonly sockets: Set<Socket>; readonly port: Promise<number> }
  >();
  const relayFor = (clientId: string): Promise<number> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      const upstream = connectTcp(port, "127.0.0.1").setNoDelay(true);
      sockets.add(socket);
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) {
        end.on("error", () => undefined);
        end.on("close", () => void (socket.destroy(), upstream.destroy()));
      }
    });
    const relay = { server, sockets, port: listen(server) };
    relays.set(clientId, relay);
    return relay.port;
  };
  const ports = new Map(await Promise.all(["cloud", "robot"].map(async (id) => [id, await relayFor(id)] as const)));
  return {
    connect: (clientId, will) =>
      new MqttLink({
        url: `mqtt://127.0.0.1:${ports.get(clientId)}`,
        clientId,
        protocolVersion: 5,
        ...(will && { will }),
        ...parts,
      }),
    cut: (clientId) => relays.get(clientId)?.sockets.forEach((socket) => void socket.resetAndDestroy()),
    async [Symbol.asyncDispose]() {
      for (const relay of relays.values()) relay.server.close();
      const ended = Promise.withResolvers<void>();
      child.on("exit", () => ended.resolve());
      child.kill();
      await ended.promise;
      rmSync(folder, { recursive: true });
    },
  };
}

linkSuite("aedes", aedesBench);

const isMissing = spawnSync("mosquitto", ["-h"]).error !== undefined;
const isCi = process.env["CI"] === "true";
describe.skipIf(isMissing && !isCi)("with Debian's mosquitto (skipped where the package is not installed)", () => {
  linkSuite("mosquitto", mosquittoBench);
});

describe("what mqtt.js does not do by itself", () => {
  test("every connect asks for a fresh token", async () => {
    await using bench = await aedesBench();
    const seen: string[] = [];
    bench.broker.authenticate = (_client, username, password, done) => {
      seen.push(`${username}:${password?.toString()}`);
      done(null, true);
    };
    let asked = 0;
    await using link = new MqttLink({
      url: `mqtt://127.0.0.1:${bench.port}`,
      clientId: "robot",
      credentials: async () => ({ username: "robot", password: `token-${(asked += 1)}` }),
      ...parts,
    });
    await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);

    bench.cut("robot");

    await vi.waitFor(() => expect(seen).toEqual(["robot:token-1", "robot:token-2"]), patience);
  });

  test("a refused login is told and tried again", async () => {
    await using bench = await aedesBench();
    let isWelcome = false;
    bench.broker.authenticate = (_client, _username, _password, done) => done(null, isWelcome);
    const problems: string[] = [];
    await using link = new MqttLink({
      url: `mqtt://127.0.0.1:${bench.port}`,
      clientId: "robot",
      credentials: async () => ({ username: "robot", password: "x" }),
      onProblem: (problem) => problems.push(problem.message),
      ...parts,
    });
    await vi.waitFor(() => expect(problems).toContainEqual(expect.stringContaining("Connection refused")), patience);

    isWelcome = true;

    await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);
  });

  test("a QoS 1 round trip takes no 40 ms of Nagle's delay", async () => {
    await using bench = await aedesBench();
    await using link = bench.connect("robot");
    await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);
    const startedMs = systemClock.monotonic();

    for (let round = 0; round < 100; round += 1) await link.publish("k/up", new Uint8Array(200));

    expect((systemClock.monotonic() - startedMs) / 100).toBeLessThan(15);
  });

  test("a broker that is not there is no reason to stop", async () => {
    const problems: Error[] = [];
    await using link = new MqttLink({
      url: "mqtt://127.0.0.1:1",
      clientId: "robot",
      onProblem: (problem) => problems.push(problem),
      ...parts,
    });

    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(1), patience);

    expect(link.isConnected).toBe(false);
  });
});
