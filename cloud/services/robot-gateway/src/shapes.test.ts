import { randomUUID } from "node:crypto";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { ShapeName } from "@kerbside/proto/shapes/shapes";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { unconnected } from "./gateway.harness.ts";
import { benchOf } from "./ingest/ingest.harness.ts";
import { enrolled, type StartedGateway, TestRobot } from "./robot.harness.ts";
import { robotGateway } from "./service.ts";
import { gatewayShapes } from "./shapes.ts";

const patience = { timeout: 10_000, interval: 5 };

let started: StartedGateway;
let admin: Client;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings: unconnected });
  admin = new Client({ connectionString: started.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await started[Symbol.asyncDispose]();
});

/** What somebody sees of a shape: the policy's rows and columns, or null when it refuses. */
async function seen(name: ShapeName, principal: Principal): Promise<readonly Record<string, unknown>[] | null> {
  const policy = gatewayShapes.find((shape) => shape.name === name);
  const where = policy?.where(principal);
  if (!policy || !where) return null;
  const columns = policy.columns.map((column) => admin.escapeIdentifier(column)).join(", ");
  const query = `select ${columns} from robot_gateway.${policy.table} where ${where.sql}`;
  const { rows } = await admin.query<Record<string, unknown>>(query, [...where.params]);
  return rows;
}

const organizationId = randomUUID();
const deliveryId = randomUUID();
const customer = (change: { deliveryId?: string; organizationId?: string } = {}): Principal => ({
  kind: "customer",
  id: "link-1",
  organizationId,
  deliveryId,
  scope: "view",
  ...change,
});
const user = (role: Role): Principal => ({ kind: "user", id: "u", organizationId, role, name: "Olga", storeIds: [] });

let robot: TestRobot;
beforeEach(async () => {
  robot = await enrolled(started, new TestRobot(organizationId));
});

describe("the mirror", () => {
  test("shows a robot its own rows and nobody else any", async () => {
    await enrolled(started, new TestRobot(organizationId));

    const own = await seen("mirror", { kind: "robot", id: robot.id, organizationId });

    expect(own?.map((row) => row["robot_id"])).toEqual([robot.id]);
    expect(Object.keys(own?.[0] ?? {})).toEqual(["robot_id", "kind", "id", "version", "body"]);
    expect(await seen("mirror", user("admin"))).toBeNull();
    expect(await seen("mirror", customer())).toBeNull();
  });
});

describe("the live fleet", () => {
  test.each(["admin", "ops", "pilot", "mechanic"] as const)("shows %s the robots of the organization", async (role) => {
    const stranger = await enrolled(started, new TestRobot());

    const ids = (await seen("fleet-live", user(role)))?.map((row) => row["robot_id"]);

    expect(ids).toContain(robot.id);
    expect(ids).not.toContain(stranger.id);
  });

  test("is refused to merchants, customers and robots", async () => {
    expect(await seen("fleet-live", user("merchant"))).toBeNull();
    expect(await seen("fleet-live", customer())).toBeNull();
    expect(await seen("fleet-live", { kind: "robot", id: robot.id, organizationId })).toBeNull();
  });

  test("keeps what orders facts and heartbeats to itself", async () => {
    const [row] = (await seen("fleet-live", user("ops"))) ?? [];

    expect(Object.keys(row ?? {})).not.toContain("facts_at");
    expect(Object.keys(row ?? {})).not.toContain("done_delivery_id");
  });
});

describe("a customer sees the robot", () => {
  type Progress = JournalBody<"mission_progressed">;
  const ids = { mission_id: randomUUID(), trip_id: null, delivery_id: deliveryId, attempt_id: randomUUID() };
  const progress = (happened: Progress["happened"], stop: Progress["stop"]) =>
    ({ type: "mission_progressed", body: { ...ids, happened, stop, place: null, reason: null } }) as const;
  const handover = {
    type: "custody_changed",
    body: {
      delivery_id: deliveryId,
      attempt_id: ids.attempt_id,
      fencing_token: 1,
      compartment: 0,
      from: "robot",
      to: "customer",
      cycle_id: randomUUID(),
      place: null,
    },
  } as const;

  /** What each fact of P1 changes for the customer, in turn. */
  async function seenAfterEach(facts: readonly Parameters<TestRobot["fact"]>[1][]): Promise<readonly number[]> {
    await using bench = benchOf(started);
    const entries = facts.map((fact, index) => robot.fact(index + 1, fact));
    const counts: number[] = [];
    for (const seq of entries.keys()) {
      await bench.publish(robot, robot.batch("p1", entries, { from: seq + 1, to: seq + 1 }));
      await bench.untilAcked(robot, "p1", seq + 1);
      const rows = (await seen("tracking-position", customer())) ?? [];
      counts.push(rows.filter((row) => row["robot_id"] === robot.id).length);
    }
    return counts;
  }

  test("only while it heads for the door or stands at it", async () => {
    const counts = await seenAfterEach([
      progress("departed", "pickup"),
      progress("arrived", "pickup"),
      progress("departed", "dropoff"),
      progress("arrived", "dropoff"),
      progress("departed", "hub"),
    ]);

    expect(counts).toEqual([0, 0, 1, 1, 0]);
  });

  test("not from the handover on, whatever is heard of the delivery later", async () => {
    await seenAfterEach([progress("arrived", "dropoff")]);
    await using bench = benchOf(started);
    await bench.publish(robot, robot.batch("p0", [robot.fact(1, handover)], { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(1), patience);

    expect(await seen("tracking-position", customer())).toEqual([]);
  });

  test("of no other delivery and in no other organization", async () => {
    await seenAfterEach([progress("departed", "dropoff")]);

    expect(await seen("tracking-position", customer({ deliveryId: randomUUID() }))).toEqual([]);
    expect(await seen("tracking-position", customer({ organizationId: randomUUID() }))).toEqual([]);
    expect(await seen("tracking-position", user("ops"))).toBeNull();
  });
});
