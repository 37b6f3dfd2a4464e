import { randomUUID } from "node:crypto";
import type { Principal } from "@kerbside/proto/base/roles";
import { commandChanged, connectivityChanged, positionChanged, trustPublished } from "@kerbside/proto/events/robots";
import { robotEnrolled } from "@kerbside/proto/events/fleet";
import { topics } from "@kerbside/proto/robot/topics";
import { type Link, packBatch, packLink, unpackAck, unpackSigned } from "@kerbside/sync/uplink";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { type RunningGateway, runGateway } from "./gateway.harness.ts";
import { sample, TestRobot } from "./robot.harness.ts";

const patience = { timeout: 10_000, interval: 5 };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await runGateway(inject("postgresUrl"));
});
afterAll(() => gateway[Symbol.asyncDispose]());

function ops({ organizationId }: TestRobot): Principal {
  return { kind: "user", id: randomUUID(), organizationId, role: "ops", name: "Olga", storeIds: [] };
}

/** A robot that is online, and carries out what reaches it over MQTT unless it keeps silent. */
async function onlineRobot(
  answers: "answers" | "silent" = "answers",
): Promise<{ robot: TestRobot; link: Link; heard: Uint8Array[] }> {
  const robot = new TestRobot();
  await gateway.started.deliver(robotEnrolled, robot.enrolment());
  const heard: Uint8Array[] = [];
  const link = gateway.connect(robot.id);
  const facts: unknown[] = [];
  link.subscribe(topics.command(robot.id), (_topic, bytes) => {
    heard.push(bytes);
    if (answers === "silent") return;
    const seq = facts.length + 1;
    const signed = unpackSigned(bytes);
    if (!signed.ok) throw new Error(signed.error.detail);
    const { command_id } = JSON.parse(Buffer.from(signed.value.payload, "base64").toString());
    facts.push(
      robot.fact(seq, { type: "command_received", body: { command_id, road: "mqtt" } }),
      robot.fact(seq + 1, { type: "command_intended", body: { command_id, kind: "identify" } }),
      robot.fact(seq + 2, {
        type: "command_finished",
        body: { command_id, outcome: "succeeded", detail: null, reconciled: false },
      }),
    );
    const batch = robot.batch("p0", facts, { from: seq, to: seq + 2 });
    link.publish(topics.up(robot.id, "p0"), packBatch(batch)).catch(() => undefined);
  });
  await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);
  await sayOnline(robot, link);
  await vi.waitFor(async () => expect(await latestOf(robot)).toMatchObject({ connectivity: "online" }), patience);
  return { robot, link, heard };
}

function sayOnline(robot: TestRobot, link: Link): Promise<void> {
  const message = { v: 1, state: "online", boot_id: robot.bootId, at: Date.now() } as const;
  return link.publish(topics.link(robot.id), packLink(message), { retain: true });
}

async function latestOf(robot: TestRobot): Promise<Record<string, unknown> | undefined> {
  const { rows } = await gateway.started.db.execute(sql`select * from latest where robot_id = ${robot.id}`);
  return rows[0];
}

test("the keys that robots believe are told once", async () => {
  const told = await gateway.started.events(trustPublished);

  expect(told).toHaveLength(1);
  expect(told[0]?.subject_id).toBe(told[0]?.body.root_key);
});

test("an order is answered with the robot's result, over the same bytes as the mirror's row", async () => {
  const { robot, heard } = await onlineRobot();
  const request_id = randomUUID();

  const command = await gateway.started.client(ops(robot)).sendCommand({
    params: { robot_id: robot.id },
    body: { kind: "identify", wait_ms: 10_000, request_id },
  });

  expect(command).toMatchObject({ command_id: request_id, state: "succeeded" });
  const { rows } = await gateway.started.db.execute<{ sealed: string }>(sql`
    select sealed from command where command_id = ${request_id}`);
  // MQTT may carry an order twice; the robot knows it by its id. Never in other bytes.
  const sealed = JSON.stringify({ ok: true, value: JSON.parse(rows[0]?.sealed ?? "") });
  expect(new Set(heard.map((bytes) => JSON.stringify(unpackSigned(bytes))))).toEqual(new Set([sealed]));
});

test("an order for a robot that is away goes out when it comes back", async () => {
  const robot = new TestRobot();
  await gateway.started.deliver(robotEnrolled, robot.enrolment());
  const client = gateway.started.client(ops(robot));
  const params = { robot_id: robot.id };
  const { command_id } = await client.sendCommand({ params, body: { kind: "identify" } });
  const heard: Uint8Array[] = [];
  const link = gateway.connect(robot.id);
  link.subscribe(topics.command(robot.id), (_topic, bytes) => void heard.push(bytes));
  await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);

  await sayOnline(robot, link);

  await vi.waitFor(() => expect(heard).toHaveLength(1), patience);
  await vi.waitFor(
    async () => expect(await client.getCommand({ params: { ...params, command_id } })).toMatchObject({ state: "sent" }),
    patience,
  );
});

test("a command that another made in its own transaction goes out by the event of it", async () => {
  const { robot, heard } = await onlineRobot("silent");
  const client = gateway.started.client(ops(robot));
  const params = { robot_id: robot.id };
  const { command_id } = await client.sendCommand({ params, body: { kind: "identify" } });
  await vi.waitFor(
    async () => expect(await client.getCommand({ params: { ...params, command_id } })).toMatchObject({ state: "sent" }),
    patience,
  );
  await gateway.started.db.execute(sql`update command set state = 'queued' where command_id = ${command_id}`);
  const told = await gateway.started.events(commandChanged);
  const queued = told.find(({ body }) => body.command_id === command_id && body.to === "queued");
  if (!queued) throw new Error("the command was not told");

  const { subject_id, organization_id, event_time, actor, body } = queued;
  await gateway.started.deliver(commandChanged, { subject_id, organization_id, event_time, actor, body });

  await vi.waitFor(() => expect(heard).toHaveLength(2), patience);
});

test("heartbeats are acknowledged after their commit and show on the robot's latest row", async () => {
  const { robot, link } = await onlineRobot();
  const nowMs = Date.now();
  const acks: number[] = [];
  link.subscribe(topics.ack(robot.id, "p2"), (_topic, bytes) => {
    const ack = unpackAck(bytes);
    if (ack.ok) acks.push(ack.value.cursor);
  });
  const run = robot.heartbeats(1, [
    sample(nowMs - 1_000),
    sample(nowMs, { batteryPct: 61.5, lid: "open", lidFlags: 4 }),
  ]);

  await vi.waitFor(async () => {
    await link.publish(topics.up(robot.id, "p2"), packBatch(robot.batch("p2", [run], { from: 1, to: 1 })));
    expect(acks.at(-1)).toBe(1);
  }, patience);

  await vi.waitFor(
    async () =>
      expect(await latestOf(robot)).toMatchObject({
        at: String(nowMs),
        battery_pct: 61.5,
        lid: "open",
        lid_flags: ["ajar"],
        lat: 51.128,
        interval_ms: 5_000,
      }),
    patience,
  );
  const told = (await gateway.started.events(positionChanged)).filter((event) => event.subject_id === robot.id);
  expect(told.map(({ body }) => body)).toEqual([
    { robot_id: robot.id, place: { lat: 51.128, lng: 71.43 }, battery_pct: 61.5, at: nowMs },
  ]);
});

test("a robot whose connection dies is shown as broken by its last will", async () => {
  const robot = new TestRobot();
  await gateway.started.deliver(robotEnrolled, robot.enrolment());
  const at = Date.now();
  const will = () => ({
    topic: topics.link(robot.id),
    payload: packLink({ v: 1, state: "connection_broken", boot_id: robot.bootId, at }),
  });
  const link = gateway.connect(robot.id, will);
  await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);
  await sayOnline(robot, link);
  await vi.waitFor(async () => expect(await latestOf(robot)).toMatchObject({ connectivity: "online" }), patience);

  link.sever();

  await vi.waitFor(
    async () => expect(await latestOf(robot)).toMatchObject({ connectivity: "connection_broken" }),
    patience,
  );
  const told = (await gateway.started.events(connectivityChanged)).filter((event) => event.subject_id === robot.id);
  expect(told.map(({ body }) => `${body.from}>${body.to}`)).toEqual(["never_seen>online", "online>connection_broken"]);
});

test("metrics count what became durable", async () => {
  const text = await gateway.started.registry.metrics();

  expect(text).toMatch(/robot_gateway_heartbeats_total [1-9]/);
  expect(text).toMatch(/robot_gateway_batches_total\{[^}]*verdict="advanced"[^}]*\} [1-9]/);
});
