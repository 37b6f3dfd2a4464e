import { randomUUID } from "node:crypto";
import { PgOutbox } from "@kerbside/cloud-kit/events/outbox.pg";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { unlockRequested } from "@kerbside/proto/events/deliveries";
import { commandChanged } from "@kerbside/proto/events/robots";
import { Command } from "@kerbside/proto/robot/command";
import type { Fact } from "@kerbside/proto/robot/journal";
import { Signed } from "@kerbside/proto/robot/signed";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { unconnected } from "../gateway.harness.ts";
import { benchOf } from "../ingest/ingest.harness.ts";
import { enrolled, type StartedGateway, type TestRobot } from "../robot.harness.ts";
import { robotGateway } from "../service.ts";
import { sweepDue } from "./sweeper.ts";

const patience = { timeout: 10_000, interval: 5 };
const clock = new VirtualClock();

let started: StartedGateway;
let robot: TestRobot;
beforeAll(async () => {
  const settings = unconnected;
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings, clock });
  robot = await enrolled(started);
});
afterAll(() => started[Symbol.asyncDispose]());

/** What the service's background work does every second. */
function sweep(): Promise<void> {
  const outbox = new PgOutbox({ clock, newId: () => randomUUID(), checked: true });
  const onProblem = (problem: unknown): never => {
    throw problem;
  };
  return sweepDue({ db: started.db, outbox, clock, onMoved: () => undefined, onProblem });
}

function user(role: Role, organizationId = robot.organizationId): Principal {
  return { kind: "user", id: randomUUID(), organizationId, role, name: "Olga", storeIds: [] };
}

const at = () => ({ robot_id: robot.id });
const send = (body: Record<string, unknown> & { kind: "identify" | "open_lid" | "engage_estop" }, role: Role = "ops") =>
  started.client(user(role)).sendCommand({ params: at(), body });
const see = (command_id: string) => started.client(user("ops")).getCommand({ params: { ...at(), command_id } });

async function mirrorRow(commandId: string): Promise<{ version: number; body: string | null } | undefined> {
  const { rows } = await started.db.execute<{ version: number; body: string | null }>(sql`
    select version, body from mirror where robot_id = ${robot.id} and kind = 'command' and id = ${commandId}`);
  return rows[0];
}

async function stepsTold(commandId: string): Promise<readonly string[]> {
  const told = await started.events(commandChanged);
  return told.filter(({ body }) => body.command_id === commandId).map(({ body }) => `${body.from}>${body.to}`);
}

/** The robot's facts about a command, in its P0 journal; each call is a boot of its own epoch. */
let epoch = 5_000;
async function report(...facts: readonly Omit<Fact, "actor">[]): Promise<void> {
  await using bench = benchOf(started, 1, clock);
  epoch += 1;
  robot.epoch = epoch;
  const entries = facts.map((fact, index) => robot.fact(index + 1, fact));
  await bench.publish(robot, robot.batch("p0", entries, { from: 1, to: entries.length }));
  await bench.untilAcked(robot, "p0", entries.length);
}

const received = (command_id: string) => ({ type: "command_received", body: { command_id, road: "shape" } }) as const;
const intended = (command_id: string) =>
  ({ type: "command_intended", body: { command_id, kind: "identify" } }) as const;
const finished = (command_id: string, outcome: "succeeded" | "failed" = "succeeded") =>
  ({ type: "command_finished", body: { command_id, outcome, detail: null, reconciled: false } }) as const;

describe("an order", () => {
  test("becomes a signed row of the robot's mirror and is told to others", async () => {
    const command = await send({ kind: "identify" });

    const row = await mirrorRow(command.command_id);
    const signed = Signed.parse(JSON.parse(row?.body ?? "null"));
    const payload = Command.parse(JSON.parse(Buffer.from(signed.payload, "base64").toString()));
    expect(payload).toMatchObject({ command_id: command.command_id, robot_id: robot.id, kind: "identify", args: {} });
    expect(payload.expires_at - payload.issued_at).toBe(30_000);
    expect(command).toMatchObject({ state: "queued", delivery_id: null, reason: null });
    expect(await stepsTold(command.command_id)).toEqual(["created>queued"]);
  });

  test("is in the audit log with whoever gave it", async () => {
    const principal = user("ops");

    const command = await started.client(principal).sendCommand({ params: at(), body: { kind: "identify" } });

    const entries = await started.events(auditEntry);
    expect(entries.find(({ body }) => body.details["command_id"] === command.command_id)).toMatchObject({
      actor: { kind: "user", id: principal.id },
      causation_id: expect.stringMatching(/^req_/),
      body: { action: "commands/issued", subject_kind: "robot", subject_id: robot.id },
    });
  });

  test("that is repeated with its request id orders nothing twice", async () => {
    const request_id = randomUUID();
    const body = { kind: "engage_estop", args: { reason: "crowd" }, request_id } as const;

    const [first, second] = [await send(body), await send(body)];

    expect(second).toEqual(first);
    expect(await stepsTold(request_id)).toEqual(["created>queued"]);
  });

  test("for something else under a used request id is a conflict", async () => {
    const request_id = randomUUID();
    await send({ kind: "identify", request_id });

    const again = send({ kind: "engage_estop", args: { reason: "crowd" }, request_id });

    await expect(again).rejects.toMatchObject({ code: "idempotency_conflict" });
  });

  test("that a role may not give is forbidden", async () => {
    const opening = send(
      { kind: "open_lid", args: { compartment: 0, purpose: "service", delivery_id: null } },
      "pilot",
    );

    await expect(opening).rejects.toMatchObject({ code: "forbidden" });
  });

  test("to a revoked robot is refused, and what it did is still there to be read", async () => {
    const revoked = await enrolled(started);
    await started.db.execute(sql`update robot set revoked_at = now() where robot_id = ${revoked.id}`);
    const client = started.client(user("ops", revoked.organizationId));
    const params = { robot_id: revoked.id };

    const sent = client.sendCommand({ params, body: { kind: "identify" } });

    await expect(sent).rejects.toMatchObject({ code: "robot_revoked" });
    expect(await client.listCommands({ params, query: {} })).toEqual({ items: [], next_cursor: null });
  });

  test("with wrong arguments is refused at the field", async () => {
    const opening = send({ kind: "open_lid", args: { compartment: 99, purpose: "service", delivery_id: null } });

    await expect(opening).rejects.toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/args/compartment", message: expect.any(String) }],
    });
  });

  test("to a robot of another organization finds none", async () => {
    const stranger = started.client(user("admin", randomUUID()));

    const sent = stranger.sendCommand({ params: at(), body: { kind: "identify" } });

    await expect(sent).rejects.toMatchObject({ code: "robot_not_found" });
  });
});

describe("a life", () => {
  test("moves on the robot's evidence alone, through every step, and its row is buried at the end", async () => {
    const { command_id } = await send({ kind: "identify" });

    await report(received(command_id), intended(command_id), finished(command_id));

    expect(await see(command_id)).toMatchObject({ state: "succeeded", reason: null });
    expect(await stepsTold(command_id)).toEqual([
      "created>queued",
      "queued>sent",
      "sent>delivered",
      "delivered>accepted",
      "accepted>executing",
      "executing>succeeded",
    ]);
    expect(await mirrorRow(command_id)).toEqual({ version: 2, body: null });
  });

  test("ends as refused with the robot's reason", async () => {
    const { command_id } = await send({ kind: "identify" });

    await report(received(command_id), { type: "command_rejected", body: { command_id, reason: "wrong_epoch" } });

    expect(await see(command_id)).toMatchObject({ state: "rejected", reason: "wrong_epoch" });
  });

  test("is not moved by the word of another robot", async () => {
    const { command_id } = await send({ kind: "identify" });
    const other = await enrolled(started);
    await using bench = benchOf(started, 1, clock);

    const entry = other.fact(1, finished(command_id));
    await bench.publish(other, other.batch("p0", [entry], { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(other, "p0")).toHaveLength(1), patience);

    expect(await see(command_id)).toMatchObject({ state: "queued" });
  });

  test("that was never sent expires", async () => {
    const { command_id } = await send({ kind: "identify", life_ms: 2_000 });

    await clock.advance(1_999);
    await sweep();
    expect(await see(command_id)).toMatchObject({ state: "queued" });
    await clock.advance(1);
    await sweep();

    expect(await see(command_id)).toMatchObject({ state: "expired" });
    expect(await mirrorRow(command_id)).toEqual({ version: 2, body: null });
  });

  test("of which nobody hears ends as unknown ten seconds after its expiry, and late words stand beside it", async () => {
    const { command_id } = await send({ kind: "identify", life_ms: 2_000 });
    await report(received(command_id), intended(command_id));

    await clock.advance(11_999);
    await sweep();
    expect(await see(command_id)).toMatchObject({ state: "executing" });
    await clock.advance(1);
    await sweep();
    expect(await see(command_id)).toMatchObject({ state: "outcome_unknown" });
    await report(finished(command_id, "failed"));

    expect(await see(command_id)).toMatchObject({ state: "outcome_unknown", observed_outcome: "failed" });
  });

  test("can be taken back before the robot begins, and not after", async () => {
    const client = started.client(user("ops"));
    const first = await send({ kind: "identify" });
    const second = await send({ kind: "identify" });
    await report(received(second.command_id), intended(second.command_id));

    const cancelled = await client.cancelCommand({ params: { ...at(), command_id: first.command_id } });
    const tooLate = client.cancelCommand({ params: { ...at(), command_id: second.command_id } });

    await expect(tooLate).rejects.toMatchObject({ code: "command_not_cancellable" });
    expect(cancelled).toMatchObject({ state: "cancelled" });
    expect(await mirrorRow(first.command_id)).toMatchObject({ body: null });
  });

  test("is waited for: the answer comes with the robot's result", async () => {
    const request_id = randomUUID();

    const waiting = send({ kind: "identify", wait_ms: 10_000, request_id });
    await vi.waitFor(async () => expect(await mirrorRow(request_id)).toBeDefined(), patience);
    await report(received(request_id), intended(request_id), finished(request_id));
    await clock.advance(1_000);

    expect(await waiting).toMatchObject({ state: "succeeded" });
  });

  test("that takes longer than somebody will wait is answered as it is", async () => {
    const waiting = send({ kind: "identify", wait_ms: 3_000, request_id: randomUUID() });
    for (let second = 0; second < 4; second += 1) {
      await new Promise(setImmediate);
      await clock.advance(1_000);
    }

    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(await Promise.race([waiting, Promise.resolve(null)])).toMatchObject({ state: "queued" });
    }, patience);
  });
});

describe("pages", () => {
  test("commands are listed newest first, page by page", async () => {
    const lister = await enrolled(started);
    const client = started.client(user("ops", lister.organizationId));
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const command = await client.sendCommand({ params: { robot_id: lister.id }, body: { kind: "identify" } });
      ids.unshift(command.command_id);
      await clock.advance(10);
    }

    const first = await client.listCommands({ params: { robot_id: lister.id }, query: { limit: 3 } });
    const cursor = first.next_cursor ?? "";
    const second = await client.listCommands({ params: { robot_id: lister.id }, query: { limit: 3, cursor } });

    expect([...first.items, ...second.items].map(({ command_id }) => command_id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
  });
});

describe("somebody at the robot presses open", () => {
  const opening = (change: { robot_id?: string; event_time?: string } = {}) => {
    const delivery_id = randomUUID();
    const body = {
      request_id: randomUUID(),
      delivery_id,
      robot_id: change.robot_id ?? robot.id,
      compartment: 0,
      purpose: "unload",
      requested_by: { kind: "customer", id: "link-1" },
    } as const;
    const event_time = change.event_time ?? new Date(clock.now()).toISOString();
    return {
      subject_id: delivery_id,
      organization_id: robot.organizationId,
      event_time,
      actor: body.requested_by,
      body,
    };
  };

  test("and a command is made that holds only at that stop for that delivery", async () => {
    const event = opening();

    await started.deliver(unlockRequested, event);

    const command = await see(event.body.request_id);
    const row = await mirrorRow(event.body.request_id);
    const { payload } = Signed.parse(JSON.parse(row?.body ?? "null"));
    expect(command).toMatchObject({ kind: "open_lid", delivery_id: event.body.delivery_id, state: "queued" });
    expect(command.actor).toEqual({ kind: "customer", id: "link-1" });
    expect(JSON.parse(Buffer.from(payload, "base64").toString())).toMatchObject({
      args: { compartment: 0, purpose: "unload", delivery_id: event.body.delivery_id },
      precondition: { delivery_id: event.body.delivery_id, at_stop: "dropoff" },
    });
  });

  test("twice with the same request makes one command", async () => {
    const event = opening();

    await started.deliver(unlockRequested, event);
    await started.deliver(unlockRequested, event);

    expect(await stepsTold(event.body.request_id)).toEqual(["created>queued"]);
  });

  test("and a request that comes too late is answered as cancelled and never reaches the robot", async () => {
    const event = opening({ event_time: new Date(clock.now() - 31_000).toISOString() });

    await started.deliver(unlockRequested, event);

    expect(await see(event.body.request_id)).toMatchObject({ state: "cancelled" });
    expect(await mirrorRow(event.body.request_id)).toBeUndefined();
  });

  test("an order to open that waits is taken back from a robot that is found to be two, and a stop is not", async () => {
    const suspect = await enrolled(started);
    const client = started.client(user("ops", suspect.organizationId));
    const params = { robot_id: suspect.id };
    const args = { compartment: 0, purpose: "service", delivery_id: null };
    const open = await client.sendCommand({ params, body: { kind: "open_lid", args } });
    const stop = await client.sendCommand({ params, body: { kind: "engage_estop", args: { reason: "look" } } });
    await using bench = benchOf(started, 1, clock);
    const facts = [suspect.moved(1), suspect.moved(2)];
    const first = suspect.batch("p0", facts.slice(0, 1), { from: 1, to: 1 });
    await bench.publish(suspect, { ...first, chain_head: "f".repeat(64) });
    await bench.untilAcked(suspect, "p0", 1);

    await bench.publish(suspect, {
      ...suspect.batch("p0", facts, { from: 2, to: 2 }),
      chain_head: "e".repeat(64),
    });
    await bench.untilAcked(suspect, "p0", 2);

    const of = async ({ command_id }: { command_id: string }) =>
      client.getCommand({ params: { ...params, command_id } });
    expect(await of(open)).toMatchObject({ state: "cancelled", reason: "robot_suspected" });
    expect(await of(stop)).toMatchObject({ state: "queued" });
  });

  test("and a robot whose journal forked opens for nobody, not for ops either", async () => {
    const suspect = await enrolled(started);
    await started.db.execute(sql`update robot set suspected_at = now() where robot_id = ${suspect.id}`);
    const event = { ...opening({ robot_id: suspect.id }), organization_id: suspect.organizationId };
    const client = started.client(user("ops", suspect.organizationId));
    const args = { compartment: 0, purpose: "service", delivery_id: null };

    await started.deliver(unlockRequested, event);
    const byOps = client.sendCommand({ params: { robot_id: suspect.id }, body: { kind: "open_lid", args } });

    await expect(byOps).rejects.toMatchObject({ code: "robot_suspected" });
    const params = { robot_id: suspect.id, command_id: event.body.request_id };
    expect(await client.getCommand({ params })).toMatchObject({ state: "cancelled", reason: "robot_suspected" });
  });
});
