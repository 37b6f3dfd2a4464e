import { randomUUID } from "node:crypto";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { unconnected } from "../gateway.harness.ts";
import { benchOf } from "../ingest/ingest.harness.ts";
import { enrolled, sample, type StartedGateway, type TestRobot } from "../robot.harness.ts";
import { robotGateway } from "../service.ts";
import { fromPageEnd, toPageEnd } from "./position.ts";

const startMs = Date.UTC(2026, 0, 5, 9);
const instant = (ms: number): string => new Date(startMs + ms).toISOString();

let started: StartedGateway;
let robot: TestRobot;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings: unconnected });
  robot = await enrolled(started);
  await using bench = benchOf(started);
  // All at the same millisecond, as facts of one step are.
  const facts = Array.from({ length: 7 }, (_, index) => ({ ...robot.moved(index + 1), event_time: startMs }));
  const state = { ...robot.stateChanged(1), event_time: startMs + 500 };
  const runs = [0, 60_000, 120_000].map((atMs, index) =>
    robot.heartbeats(index + 1, [sample(startMs + atMs, { lat: null, lng: null }), sample(startMs + atMs + 1_000)]),
  );
  await bench.publish(robot, robot.batch("p0", [...facts, { type: "nonsense" }], { from: 1, to: 8 }));
  await bench.publish(robot, robot.batch("p1", [state], { from: 1, to: 1 }));
  await bench.publish(robot, robot.batch("p2", runs, { from: 1, to: 3 }));
  await bench.untilAcked(robot, "p0", 8);
  await bench.untilAcked(robot, "p1", 1);
  await bench.untilAcked(robot, "p2", 3);
});
afterAll(() => started[Symbol.asyncDispose]());

function as(role: Role, organizationId = robot.organizationId) {
  const principal: Principal = { kind: "user", id: randomUUID(), organizationId, role, name: "Olga", storeIds: [] };
  return started.client(principal);
}
const params = () => ({ robot_id: robot.id });

test("the timeline is read newest first, page by page, in the robot's own order within a millisecond", async () => {
  const read: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await as("ops").listTimeline({ params: params(), query: { limit: 3, ...(cursor && { cursor }) } });
    read.push(...page.items.map(({ stream, seq }) => `${stream}/${seq}`));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);

  expect(read).toEqual(["p1/1", "p0/7", "p0/6", "p0/5", "p0/4", "p0/3", "p0/2", "p0/1"]);
});

test("the timeline keeps to types and a span of time", async () => {
  const ofType = await as("pilot").listTimeline({ params: params(), query: { type: "state_changed,lid_changed" } });
  const ofSpan = await as("pilot").listTimeline({
    params: params(),
    query: { after: instant(1), before: instant(600) },
  });

  expect(ofType.items.map(({ type }) => type)).toEqual(["state_changed"]);
  expect(ofSpan.items).toEqual(ofType.items);
  expect(ofType.items[0]).toMatchObject({ body: { reason: "step 1" }, event_time: instant(500), epoch: 1_000 });
});

test("a cursor that the list did not give out is refused at its field", async () => {
  const page = as("ops").listTimeline({ params: params(), query: { cursor: "nonsense" } });

  await expect(page).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/query/cursor" }] });
});

test("heartbeats come back as columns, with the batches that reach into the span", async () => {
  const query = { after: instant(1_000), before: instant(61_000) };

  const columns = await as("mechanic").getHeartbeats({ params: params(), query });

  expect(columns.at_ms).toEqual([startMs + 1_000, startMs + 60_000]);
  expect(columns.lat).toEqual([51.128, null]);
  expect(columns.battery_pct).toEqual([80, 80]);
});

test.each([
  ["backwards", instant(1_000), instant(0)],
  ["longer than an hour", instant(0), instant(3_600_001)],
])("heartbeats over a span that is %s are refused", async (_title, after, before) => {
  const asked = as("ops").getHeartbeats({ params: params(), query: { after, before } });

  await expect(asked).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/query/before" }] });
});

test("quarantine shows what could not be read, without its bytes, and not to pilots", async () => {
  const page = await as("mechanic").listQuarantine({ params: params(), query: {} });

  expect(page.items).toMatchObject([{ stream: "p0", epoch: 1_000, seq: 8, times: 1, reason: expect.any(String) }]);
  await expect(as("pilot").listQuarantine({ params: params(), query: {} })).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("a robot of another organization is not there", async () => {
  const stranger = as("admin", randomUUID());
  const query = { after: instant(0), before: instant(1_000) };

  await expect(stranger.listTimeline({ params: params(), query: {} })).rejects.toMatchObject({
    code: "robot_not_found",
  });
  await expect(stranger.getHeartbeats({ params: params(), query })).rejects.toMatchObject({ code: "robot_not_found" });
  await expect(stranger.listQuarantine({ params: params(), query: {} })).rejects.toMatchObject({
    code: "robot_not_found",
  });
});

test.each([0, 1, Number.MAX_SAFE_INTEGER])("a position with the number %d survives the way through a cursor", (seq) => {
  const position = { eventTime: instant(0), epoch: seq, stream: "p1", seq } as const;

  expect(fromPageEnd(toPageEnd(position))).toEqual(position);
});
