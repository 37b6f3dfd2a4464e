import { randomUUID, verify } from "node:crypto";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import type { EventOf } from "@kerbside/proto/base/event";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { attemptEvent } from "@kerbside/proto/events/deliveries";
import { robotEnrolled, robotRevoked } from "@kerbside/proto/events/fleet";
import { missionIssued, missionWithdrawn } from "@kerbside/proto/events/operations";
import { trustPublished } from "@kerbside/proto/events/robots";
import { Grant } from "@kerbside/proto/robot/grant";
import { RobotConfig } from "@kerbside/proto/robot/mirror";
import { Mission } from "@kerbside/proto/robot/mission";
import { Signed } from "@kerbside/proto/robot/signed";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { unconnected } from "../gateway.harness.ts";
import { benchOf } from "../ingest/ingest.harness.ts";
import { publicKeyFrom } from "../keys/signer.ts";
import { enrolled, type StartedGateway, type TestRobot } from "../robot.harness.ts";
import { forgetOld } from "../retention.ts";
import { robotGateway } from "../service.ts";

const patience = { timeout: 10_000, interval: 5 };
const clock = new VirtualClock();

let started: StartedGateway;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings: unconnected, clock });
});
afterAll(() => started[Symbol.asyncDispose]());

let robot: TestRobot;
beforeEach(async () => {
  robot = await enrolled(started);
});

async function rowsOf(kind: string) {
  const { rows } = await started.db.execute<{ id: string; version: number; body: string | null }>(sql`
    select id, version, body from mirror where robot_id = ${robot.id} and kind = ${kind} order by changed_at, id`);
  return rows;
}

function envelope<Body>(subject_id: string, body: Body) {
  const event_time = new Date(clock.now()).toISOString();
  const actor = { kind: "service", id: "test" } as const;
  return { subject_id, organization_id: robot.organizationId, event_time, actor, body };
}

function mission(issued_at: number): Mission {
  const [trip_id, delivery_id, attempt_id] = [randomUUID(), randomUUID(), randomUUID()];
  const place = { lat: 51.1, lng: 71.4 };
  const stop: Mission["stops"][number] = { kind: "pickup", place, route: [], wait_limit_ms: null };
  const ids = { mission_id: randomUUID(), robot_id: robot.id, trip_id, delivery_id, attempt_id };
  return { v: 1, ...ids, fencing_token: 1, compartment: 0, stops: [stop], issued_at };
}

type Attempt = EventOf<typeof attemptEvent>["body"];

function attempt(change: Partial<Attempt> = {}): Attempt {
  const pickup = { text: "Store", place: { lat: 51.128, lng: 71.43 } };
  const dropoff = { text: "Home", place: { lat: 51.13, lng: 71.44 } };
  const pin_verifier = { kind: "scrypt", salt: "c2FsdA==", hash: "aGFzaA==", n: 1_024, r: 8, p: 1 } as const;
  const expires_at = new Date(clock.now() + 3_600_000).toISOString();
  return {
    happened: "accepted",
    attempt_id: randomUUID(),
    delivery_id: randomUUID(),
    robot_id: robot.id,
    fencing_token: 3,
    compartment: 0,
    pickup,
    dropoff,
    hub: { hub_id: randomUUID(), place: { lat: 51.12, lng: 71.42 } },
    legs: [
      {
        to: "dropoff",
        distance_m: 700,
        duration_s: 500,
        line: [
          [51.128, 71.43],
          [51.1301, 71.44],
        ],
      },
    ],
    grants: [
      { grant_id: randomUUID(), purpose: "load", means: "load_code", stop: "pickup", expires_at, pin_verifier },
      { grant_id: randomUUID(), purpose: "unload", means: "pin", stop: "dropoff", expires_at, pin_verifier },
    ],
    reason: null,
    ...change,
  };
}

describe("a robot's configuration", () => {
  test("is there from its enrolment on, and follows its name", async () => {
    const [row] = await rowsOf("config");
    expect(RobotConfig.parse(JSON.parse(row?.body ?? ""))).toMatchObject({ name: "K1", speed_limit_mps: 1.6 });

    const again = robot.enrolment("2026-01-06T08:00:00.000Z");
    await started.deliver(robotEnrolled, { ...again, body: { ...again.body, name: "K2" } });

    const [renamed] = await rowsOf("config");
    expect(renamed).toMatchObject({ version: 2 });
    expect(JSON.parse(renamed?.body ?? "")).toMatchObject({ name: "K2" });
  });
});

describe("missions", () => {
  test("a new mission replaces the one before", async () => {
    const [first, second] = [mission(1_000), mission(2_000)];
    await started.deliver(missionIssued, envelope(robot.id, first));

    await started.deliver(missionIssued, envelope(robot.id, second));

    const rows = await rowsOf("mission");
    const held = new Map(rows.map(({ id, body }) => [id, body]));
    expect(held.get(first.mission_id)).toBeNull();
    expect(Mission.parse(JSON.parse(held.get(second.mission_id) ?? ""))).toEqual(second);
  });

  test("an older mission that is heard of late does not hold", async () => {
    const [first, second] = [mission(1_000), mission(2_000)];
    await started.deliver(missionIssued, envelope(robot.id, second));

    await started.deliver(missionIssued, envelope(robot.id, first));

    expect((await rowsOf("mission")).filter(({ body }) => body !== null).map(({ id }) => id)).toEqual([
      second.mission_id,
    ]);
  });

  test("a withdrawn mission stays withdrawn, whichever event comes last", async () => {
    const given = mission(1_000);
    const body = { mission_id: given.mission_id, robot_id: robot.id, reason: "cancelled" };

    await started.deliver(missionWithdrawn, envelope(robot.id, body));
    await started.deliver(missionIssued, envelope(robot.id, given));

    expect(await rowsOf("mission")).toEqual([{ id: given.mission_id, version: 1, body: null }]);
  });

  test("a mission that the robot says is over leaves its mirror", async () => {
    const given = mission(1_000);
    await started.deliver(missionIssued, envelope(robot.id, given));
    await using bench = benchOf(started, 1, clock);
    const { mission_id, trip_id, delivery_id, attempt_id } = given;
    const body = {
      mission_id,
      trip_id,
      delivery_id,
      attempt_id,
      happened: "completed",
      stop: null,
      place: null,
      reason: null,
    } as const;
    const entry = robot.fact(1, { type: "mission_progressed", body });

    await bench.publish(robot, robot.batch("p1", [entry], { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p1")).toHaveLength(1), patience);

    expect(await rowsOf("mission")).toEqual([{ id: mission_id, version: 2, body: null }]);
  });
});

describe("grants", () => {
  test("an accepted attempt gives sealed grants, each at home at its stop", async () => {
    const accepted = attempt();
    await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));

    const rows = await rowsOf("grant");
    const grants = rows.map(({ body }) => opened(Signed.parse(JSON.parse(body ?? "null"))));
    const load = grants.find(({ purpose }) => purpose === "load");
    const unload = grants.find(({ purpose }) => purpose === "unload");
    expect(load).toMatchObject({ place: accepted.pickup.place, radius_m: 40, means: "load_code", fencing_token: 3 });
    // The kerb lies 11 m from the address, so the grant reaches that much further.
    expect(unload).toMatchObject({ place: { lat: 51.1301, lng: 71.44 }, radius_m: 52, nbf: clock.now() });
  });

  test("a seal holds under the key that was published", async () => {
    const accepted = attempt();
    await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));

    const [row] = await rowsOf("grant");
    const signed = Signed.parse(JSON.parse(row?.body ?? "null"));
    const [trust] = await started.events(trustPublished);
    const key = trust?.body.signing_keys.find(({ key_id }) => key_id === signed.key_id);
    const bytes = Buffer.concat([Buffer.from("grant\0"), Buffer.from(signed.payload, "base64")]);
    const publicKey = publicKeyFrom(key?.public_key ?? "");
    expect(publicKey && verify(null, bytes, publicKey, Buffer.from(signed.signature, "base64"))).toBe(true);
  });

  test("the end of the attempt takes them back", async () => {
    const accepted = attempt();
    await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));

    await started.deliver(
      attemptEvent,
      envelope(accepted.delivery_id, { ...accepted, happened: "aborted", grants: [] }),
    );

    expect((await rowsOf("grant")).map(({ version, body }) => ({ version, body }))).toEqual([
      { version: 2, body: null },
      { version: 2, body: null },
    ]);
  });

  test("an attempt that was heard to be over gives nothing any more", async () => {
    const accepted = attempt();
    await started.deliver(attemptEvent, envelope(accepted.delivery_id, { ...accepted, happened: "aborted" }));

    await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));

    expect((await rowsOf("grant")).filter(({ body }) => body !== null)).toEqual([]);
  });
});

test("of a revoked robot everything it was told is taken back", async () => {
  const accepted = attempt();
  await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));
  await started.deliver(missionIssued, envelope(robot.id, mission(1_000)));

  await started.deliver(robotRevoked, envelope(robot.id, { robot_id: robot.id, reason: "lost" }));

  expect([...(await rowsOf("grant")), ...(await rowsOf("mission"))].filter(({ body }) => body !== null)).toEqual([]);
});

test("a robot that may be a copy gets no grants", async () => {
  await started.db.execute(sql`update robot set suspected_at = now() where robot_id = ${robot.id}`);
  const accepted = attempt();

  await started.deliver(attemptEvent, envelope(accepted.delivery_id, accepted));

  expect(await rowsOf("grant")).toEqual([]);
});

test("tombstones are forgotten once no robot can need them, rows that hold are not", async () => {
  const [first, second] = [mission(1_000), mission(2_000)];
  await started.deliver(missionIssued, envelope(robot.id, first));
  await started.deliver(missionIssued, envelope(robot.id, second));

  await forgetOld(started.db, clock.now() + 9 * 86_400_000);

  expect((await rowsOf("mission")).map(({ id }) => id)).toEqual([second.mission_id]);
});

function opened({ context, payload }: Signed): Grant {
  expect(context).toBe("grant");
  return Grant.parse(JSON.parse(Buffer.from(payload, "base64").toString()));
}
