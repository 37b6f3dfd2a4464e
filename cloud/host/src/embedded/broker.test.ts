import { randomUUID } from "node:crypto";
import { createConnection } from "node:net";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { Fault } from "@kerbside/proto/base/fault";
import { topics } from "@kerbside/proto/robot/topics";
import mqtt, { type MqttClient } from "mqtt";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Broker, serviceAccount, startBroker } from "./broker.aedes.ts";

const secret = "the-service-secret";
const robotId = randomUUID();
const otherId = randomUUID();

let broker: Broker;
let revoked: Set<string>;
let clients: MqttClient[];

beforeEach(async () => {
  revoked = new Set();
  clients = [];
  broker = await startBroker({
    host: "127.0.0.1",
    port: 0,
    authenticate: async (request) => {
      const [kind, id] = (request.headers.get("authorization") ?? "").replace("Bearer ", "").split(":");
      if (kind === "user") return { kind, id: id ?? "", organizationId: "o", role: "admin", name: "A", storeIds: [] };
      if (kind !== "robot" || !id) throw new Fault("unauthenticated");
      return { kind, id, organizationId: "o" };
    },
    isRevoked: async ({ id }) => revoked.has(id),
    serviceSecret: secret,
    clock: systemClock,
    log: pino({ level: "silent" }),
  });
});
afterEach(async () => {
  for (const client of clients) client.end(true);
  await broker[Symbol.asyncDispose]();
});

describe("who may connect", () => {
  test("a robot, with its token and under its own id", async () => {
    const client = await robot(robotId);

    expect(client.connected).toBe(true);
    expect(broker.robots).toBe(1);
  });

  test.each([
    ["with a wrong token", { clientId: robotId, username: robotId, password: "nonsense" }],
    ["with a token that is no text", { clientId: robotId, username: robotId, password: Buffer.from([0, 10, 255]) }],
    ["without any", { clientId: robotId }],
    ["under another robot's id", { clientId: otherId, username: otherId, password: `robot:${robotId}` }],
    ["as a person", { clientId: robotId, username: robotId, password: `user:${robotId}` }],
    ["as our service with a wrong secret", { clientId: "gateway", username: serviceAccount, password: "guess" }],
    ["as our service under a robot's id", { clientId: robotId, username: serviceAccount, password: secret }],
  ])("nobody %s", async (_, options) => {
    await expect(connect(options)).rejects.toMatchObject({ code: 5 });
  });
});

describe("what may be said and heard", () => {
  test("a robot speaks on its own uplink and our service hears it", async () => {
    const service = await ourService();
    await service.subscribeAsync(topics.everyUp, { qos: 1 });
    const heard = messages(service);
    const client = await robot(robotId);

    await client.publishAsync(topics.up(robotId, "p0"), "hello", { qos: 1 });

    await expect.poll(() => heard).toEqual([[topics.up(robotId, "p0"), "hello"]]);
  });

  test("our service speaks to a robot and that one alone hears it", async () => {
    const service = await ourService();
    const client = await robot(robotId);
    const other = await robot(otherId);
    await client.subscribeAsync([topics.acks(robotId), topics.command(robotId), topics.drive(robotId)], { qos: 1 });
    await other.subscribeAsync([topics.acks(otherId), topics.command(otherId)], { qos: 1 });
    const heard = messages(client);
    const overheard = messages(other);

    await service.publishAsync(topics.command(robotId), "open", { qos: 1 });
    await service.publishAsync(topics.ack(robotId, "p1"), "7", { qos: 1 });

    await expect.poll(() => heard.map(([, text]) => text)).toEqual(["open", "7"]);
    expect(overheard).toEqual([]);
  });

  test.each([
    ["another robot's uplink", topics.up(otherId, "p0")],
    ["its own commands", topics.command(robotId)],
    ["its own acknowledgements", topics.ack(robotId, "p0")],
    ["a topic that is none of ours", "kerbside/v2/hello"],
    ["the broker's own topics", "$SYS/kerbside/x"],
  ])("a robot that publishes on %s is cut off and nobody hears it", async (_, topic) => {
    const service = await ourService();
    await service.subscribeAsync("#", { qos: 1 });
    const heard = messages(service);
    const client = await robot(robotId);
    const closed = closing(client);

    client.publish(topic, "forged", { qos: 1 });

    await closed;
    expect(heard).toEqual([]);
  });

  test.each([
    ["another robot's commands", topics.command(otherId)],
    ["everybody's uplink", topics.everyUp],
    ["everything", "#"],
    ["the whole of its own branch", `kerbside/v1/${robotId}/#`],
    ["commands of all", "kerbside/v1/+/command"],
  ])("a robot may not subscribe to %s", async (_, filter) => {
    const client = await robot(robotId);

    await expect(client.subscribeAsync(filter, { qos: 1 })).rejects.toThrow("Unspecified error");
  });

  test("a last will on another robot's topic is not published", async () => {
    const service = await ourService();
    await service.subscribeAsync("#", { qos: 1 });
    const heard = messages(service);
    const will = (text: string) =>
      ({ topic: topics.link(robotId), payload: Buffer.from(text), qos: 1, retain: false }) as const;
    const liar = await connect({ ...robotOptions(otherId), will: will("lie") });
    const honest = await connect({ ...robotOptions(robotId), will: will("gone") });

    liar.stream.destroy();
    honest.stream.destroy();

    await expect.poll(() => heard).toEqual([[topics.link(robotId), "gone"]]);
  });
});

test("a stranger who announces a packet without end is cut off before it is kept", async () => {
  const socket = createConnection({ host: "127.0.0.1", port: broker.port });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const longest = Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]);
  const piece = Buffer.alloc(65_536);
  socket.on("error", () => undefined);

  socket.write(longest);
  while (!socket.destroyed && socket.bytesWritten < 64 * 1_048_576)
    await new Promise((resolve) => socket.write(piece, resolve));
  const taken = socket.bytesWritten;
  socket.destroy();
  await closed;

  expect(taken).toBeLessThan(32 * 1_048_576);
});

test("a robot whose credential was revoked is closed, the others stay", async () => {
  const client = await robot(robotId);
  const other = await robot(otherId);
  const closed = closing(client);
  revoked.add(robotId);

  await broker.closeRevoked();

  await closed;
  expect(other.connected).toBe(true);
});

test("a message and its acknowledgement do not wait for Nagle's algorithm", async () => {
  const client = await robot(robotId);
  const times: number[] = [];

  for (let round = 0; round < 20; round += 1) {
    const startedMs = performance.now();
    await client.publishAsync(topics.up(robotId, "p2"), "x", { qos: 1 });
    times.push(performance.now() - startedMs);
  }

  expect(times.sort((a, b) => a - b)[10]).toBeLessThan(35);
});

function robotOptions(id: string): mqtt.IClientOptions {
  return { clientId: id, username: id, password: `robot:${id}` };
}

function robot(id: string): Promise<MqttClient> {
  return connect(robotOptions(id));
}

function closing(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once("close", () => resolve()));
}

function ourService(): Promise<MqttClient> {
  return connect({ clientId: `service-${randomUUID()}`, username: serviceAccount, password: secret });
}

async function connect(options: mqtt.IClientOptions): Promise<MqttClient> {
  const client = mqtt.connect(broker.url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  client.on("error", () => undefined);
  return client;
}

function messages(client: MqttClient): [string, string][] {
  const heard: [string, string][] = [];
  client.on("message", (topic, payload) => heard.push([topic, payload.toString()]));
  return heard;
}
