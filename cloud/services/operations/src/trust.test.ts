import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import { attemptEvent } from "@kerbside/proto/events/deliveries";
import { missionIssued } from "@kerbside/proto/events/operations";
import { custodyChanged } from "@kerbside/proto/events/robots";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { operations } from "./service.ts";

let started: Started<typeof operationsRoutes>;
beforeAll(async () => {
  started = await startForTest(operations, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

const organizationId = crypto.randomUUID();
const at = (north: number) => ({ lat: 51 + north / 1_000, lng: 71 });
const line = (...norths: number[]) => norths.map((north): [number, number] => [at(north).lat, at(north).lng]);

function attempt() {
  const ids = { robot_id: crypto.randomUUID(), delivery_id: crypto.randomUUID(), attempt_id: crypto.randomUUID() };
  const event_time = "2026-01-05T09:00:00.000Z";
  return {
    ...ids,
    happens: (happened: "accepted" | "aborted") =>
      started.deliver(attemptEvent, {
        subject_id: ids.delivery_id,
        organization_id: organizationId,
        event_time,
        actor: { kind: "service", id: "deliveries" },
        body: {
          happened,
          ...ids,
          fencing_token: 1,
          compartment: 0,
          pickup: { text: "Store", place: at(2) },
          dropoff: { text: "Door", place: at(6) },
          hub: { hub_id: crypto.randomUUID(), place: at(0) },
          legs: [
            { to: "pickup", distance_m: 200, duration_s: 200, line: line(1, 2) },
            { to: "dropoff", distance_m: 400, duration_s: 400, line: line(2, 6) },
            { to: "hub", distance_m: 600, duration_s: 600, line: line(6, 0) },
          ],
          grants: [],
          reason: null,
        },
      }),
    isTaken: (by: { readonly robotId: string; readonly organizationId: string }) =>
      started.deliver(custodyChanged, {
        subject_id: by.robotId,
        organization_id: by.organizationId,
        event_time,
        actor: { kind: "robot", id: by.robotId },
        robot_seq: { epoch: 1, stream: "p0", seq: 1 },
        body: {
          ...ids,
          robot_id: by.robotId,
          fencing_token: 1,
          compartment: 0,
          from: "merchant",
          to: "robot",
          cycle_id: crypto.randomUUID(),
          place: null,
        },
      }),
  };
}

const youngestOf = async (robotId: string) =>
  (await started.events(missionIssued)).findLast(({ body }) => body.robot_id === robotId)?.body;

test("what another robot told of an attempt before it began is forgotten when it begins", async () => {
  const { robot_id, happens, isTaken } = attempt();
  await isTaken({ robotId: crypto.randomUUID(), organizationId: crypto.randomUUID() });

  await happens("accepted");
  await happens("aborted");

  expect(await youngestOf(robot_id)).toMatchObject({ delivery_id: null, stops: [{ kind: "hub" }] });
});

test("what its own robot told of it before it was known counts", async () => {
  const { robot_id, delivery_id, happens, isTaken } = attempt();
  await isTaken({ robotId: robot_id, organizationId });

  await happens("accepted");
  await happens("aborted");

  expect(await youngestOf(robot_id)).toMatchObject({ delivery_id, stops: [{ kind: "hub" }] });
});

test("nothing that people do here is privileged: every endpoint reads", () => {
  expect(Object.values(operationsRoutes).map(({ method }) => method)).toEqual(["get", "get", "get"]);
});
