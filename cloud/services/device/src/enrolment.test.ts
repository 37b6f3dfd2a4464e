import { auditEntry } from "@kerbside/proto/events/accounts";
import { robotEnrolled, robotRevoked } from "@kerbside/proto/events/fleet";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { claimLifeMs } from "./claim.ts";
import { device } from "./tables.ts";
import {
  announced,
  enrolled,
  hubId,
  marketId,
  newKeys,
  ours,
  person,
  refusal,
  startYard,
  tellTrust,
  theirHubId,
  theirs,
  trust,
  type Yard,
} from "./yard.harness.ts";

const absent = "01890000-0000-7000-8000-00000000dead";
const admin = person("admin");

let yard: Yard;
beforeAll(async () => {
  yard = await startYard(inject("postgresUrl"));
  await tellTrust(yard);
});
afterAll(() => yard[Symbol.asyncDispose]());

const enrol = (claim_code: string, { publicKey } = newKeys()) =>
  yard.client(null).enrolRobot({ body: { claim_code, public_key: publicKey } });

test("an announced robot shows its code and its key and learns who it is and whom to believe", async () => {
  const keys = newKeys();
  const claim = await announced(yard);

  const answer = await enrol(claim.claim_code, keys);

  expect(answer).toEqual({ robot_id: claim.robot_id, organization_id: ours, name: "Karla", trust });
  const events = await yard.events(robotEnrolled);
  expect(events.find(({ subject_id }) => subject_id === claim.robot_id)).toMatchObject({
    organization_id: ours,
    actor: { kind: "robot", id: claim.robot_id },
    body: {
      robot_id: claim.robot_id,
      name: "Karla",
      public_key: keys.publicKey,
      market_id: marketId,
      hub_id: hubId,
      compartments: 1,
    },
  });
});

test("a code is used up by its first use", async () => {
  const { claim_code } = await announced(yard);
  await enrol(claim_code);

  expect((await refusal(enrol(claim_code))).code).toBe("claim_refused");
});

test("a robot that lost the answer asks again with its code and its key, and has not enrolled twice", async () => {
  const keys = newKeys();
  const { claim_code, robot_id } = await announced(yard);
  const first = await enrol(claim_code, keys);

  const again = await enrol(claim_code, keys);

  expect(again).toEqual(first);
  const told = (await yard.events(robotEnrolled)).filter(({ subject_id }) => subject_id === robot_id);
  expect(told).toHaveLength(1);
  expect((await refusal(enrol(claim_code))).code).toBe("claim_refused");
});

test("a used code helps nobody once the robot was revoked, or when its day is over", async () => {
  const [revokedKeys, lateKeys] = [newKeys(), newKeys()];
  const revoked = await announced(yard);
  const late = await announced(yard);
  await enrol(revoked.claim_code, revokedKeys);
  await enrol(late.claim_code, lateKeys);
  await yard.client(admin).revokeDevice({ params: { robot_id: revoked.robot_id }, body: { reason: "stolen" } });

  expect((await refusal(enrol(revoked.claim_code, revokedKeys))).code).toBe("claim_refused");
  await yard.clock.advance(claimLifeMs + 1);

  expect((await refusal(enrol(late.claim_code, lateKeys))).code).toBe("claim_refused");
});

test("a new code enrols the same key anew, which is told", async () => {
  const keys = newKeys();
  const { claim_code, robot_id } = await announced(yard);
  await enrol(claim_code, keys);
  const renewed = await yard.client(admin).renewClaim({ params: { robot_id } });

  await enrol(renewed.claim_code, keys);

  const told = (await yard.events(robotEnrolled)).filter(({ subject_id }) => subject_id === robot_id);
  expect(told).toHaveLength(2);
});

test("of two robots with one code, one is enrolled", async () => {
  const { claim_code } = await announced(yard);

  const outcomes = await Promise.allSettled([enrol(claim_code), enrol(claim_code)]);

  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a code is over after a day", async () => {
  const { claim_code, claim_expires_at } = await announced(yard);

  await yard.clock.advance(claimLifeMs + 1);

  expect(Date.parse(claim_expires_at)).toBeLessThan(yard.clock.now());
  expect((await refusal(enrol(claim_code))).code).toBe("claim_refused");
});

test("a code is not readable in the database", async () => {
  const { claim_code } = await announced(yard);

  expect(JSON.stringify(await yard.db.select().from(device))).not.toContain(claim_code);
});

test("a renewed code replaces the one before and admits another key", async () => {
  const robot = await enrolled(yard);
  const params = { robot_id: robot.robotId };
  const first = await yard.client(admin).renewClaim({ params });
  const second = await yard.client({ kind: "service", id: "host", organizationId: null }).renewClaim({ params });

  expect((await refusal(enrol(first.claim_code))).code).toBe("claim_refused");
  expect((await enrol(second.claim_code)).robot_id).toBe(robot.robotId);
});

test("a key that is one robot's already cannot be another's", async () => {
  const robot = await enrolled(yard);
  const { claim_code } = await announced(yard);

  const fault = await refusal(enrol(claim_code, robot));

  expect(fault).toMatchObject({ code: "invalid_request", errors: [{ pointer: "/public_key" }] });
  expect((await enrol(claim_code)).name).toBe("Karla");
});

test.each([
  ["too short", "AAAA"],
  ["not base64", "!".repeat(44)],
  ["33 bytes", Buffer.alloc(33).toString("base64")],
  ["spelled in another alphabet", `${"-".repeat(43)}=`],
])("a key that is %s is refused, and the code is still good", async (_title, public_key) => {
  const { claim_code } = await announced(yard);

  const fault = await refusal(yard.client(null).enrolRobot({ body: { claim_code, public_key } }));

  expect(fault).toMatchObject({ code: "invalid_request", errors: [{ pointer: "/public_key" }] });
  expect((await enrol(claim_code)).name).toBe("Karla");
});

test("until it is known whom robots believe, nobody is enrolled and no code is used up", async () => {
  const early = await startYard(inject("postgresUrl"));
  const { claim_code } = await announced(early);
  const enrolEarly = () => early.client(null).enrolRobot({ body: { claim_code, public_key: newKeys().publicKey } });

  const before = await refusal(enrolEarly());
  await tellTrust(early);
  const after = await enrolEarly();
  await early[Symbol.asyncDispose]();

  expect(before.code).toBe("unavailable");
  expect(after.trust).toEqual(trust);
});

test("a robot is announced at a hub of its own organization and market", async () => {
  const client = yard.client(admin);
  const body = { name: "Karla", market_id: marketId, hub_id: hubId };

  expect((await refusal(client.createDevice({ body: { ...body, hub_id: theirHubId } }))).code).toBe("hub_not_found");
  expect((await refusal(client.createDevice({ body: { ...body, hub_id: absent } }))).code).toBe("hub_not_found");
  expect((await refusal(client.createDevice({ body: { ...body, market_id: absent } }))).code).toBe("hub_not_found");
  expect((await refusal(client.createDevice({ body: { ...body, organization_id: theirs } }))).code).toBe("forbidden");
});

test("a service announces robots where it says", async () => {
  const client = yard.client({ kind: "service", id: "sim", organizationId: null });
  const body = { name: "Lena", market_id: marketId, hub_id: theirHubId, compartments: 2 };

  const claim = await client.createDevice({ body: { ...body, organization_id: theirs } });

  const { items } = await client.listDevices({ query: { organization_id: theirs } });
  expect(items).toContainEqual(
    expect.objectContaining({ robot_id: claim.robot_id, compartments: 2, state: "pending" }),
  );
  expect((await refusal(client.createDevice({ body }))).code).toBe("invalid_request");
});

test("a request that is sent again gives the same robot", async () => {
  const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  const body = JSON.stringify({ name: "Karla", market_id: marketId, hub_id: hubId });
  const create = () => yard.request("/v1/devices", { method: "POST", headers, body }, admin);

  const [first, second] = [await create(), await create()];

  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await second.json()).toEqual(await first.json());
});

test("revoking is told to everybody, once", async () => {
  const robot = await enrolled(yard);
  const params = { robot_id: robot.robotId };
  const client = yard.client(admin);

  const revoked = await client.revokeDevice({ params, body: { reason: "stolen" } });
  const again = await client.revokeDevice({ params, body: { reason: "again" } });

  expect(revoked).toMatchObject({ state: "revoked", revoked_at: expect.any(String) });
  expect(again).toEqual(revoked);
  const told = (await yard.events(robotRevoked)).filter(({ subject_id }) => subject_id === robot.robotId);
  expect(told.map(({ body }) => body)).toEqual([{ robot_id: robot.robotId, reason: "stolen" }]);
});

test("revoking a robot takes back a code that is outstanding", async () => {
  const { robot_id, claim_code } = await announced(yard);

  await yard.client(admin).revokeDevice({ params: { robot_id }, body: { reason: "lost on the way" } });

  expect((await refusal(enrol(claim_code))).code).toBe("claim_refused");
});

test("a revoked robot comes back with a new code and counts again", async () => {
  const robot = await enrolled(yard);
  const params = { robot_id: robot.robotId };
  await yard.client(admin).revokeDevice({ params, body: { reason: "repair" } });

  const { claim_code } = await yard.client(admin).renewClaim({ params });
  await enrol(claim_code);

  const { items } = await yard.client(admin).listDevices({ query: { limit: 200 } });
  expect(items.find((item) => item.robot_id === robot.robotId)).toMatchObject({ state: "accepted", revoked_at: null });
});

test("robots of another organization are not there", async () => {
  const robot = await enrolled(yard);
  const params = { robot_id: robot.robotId };
  const stranger = yard.client(person("admin", theirs));

  expect((await refusal(stranger.renewClaim({ params }))).code).toBe("robot_not_found");
  expect((await refusal(stranger.revokeDevice({ params, body: { reason: "mine" } }))).code).toBe("robot_not_found");
  expect((await refusal(stranger.listDevices({ query: { organization_id: ours } }))).code).toBe("forbidden");
  const { items } = await stranger.listDevices({ query: { limit: 200 } });
  expect(items.map(({ robot_id }) => robot_id)).not.toContain(robot.robotId);
});

test.each(["ops", "pilot", "mechanic", "merchant"] as const)("%s neither announces nor revokes", async (role) => {
  const robot = await enrolled(yard);
  const params = { robot_id: robot.robotId };
  const client = yard.client(person(role));
  const body = { name: "Karla", market_id: marketId, hub_id: hubId };

  expect((await refusal(client.createDevice({ body }))).code).toBe("forbidden");
  expect((await refusal(client.renewClaim({ params }))).code).toBe("forbidden");
  expect((await refusal(client.revokeDevice({ params, body: { reason: "x" } }))).code).toBe("forbidden");
});

test("the roster shows neither codes nor keys, in pages", async () => {
  const client = yard.client(person("mechanic"));

  const first = await client.listDevices({ query: { limit: 2 } });
  const second = await client.listDevices({ query: { limit: 2, cursor: first.next_cursor ?? "" } });

  const ids = [...first.items, ...second.items].map(({ robot_id }) => robot_id);
  expect(new Set(ids).size).toBe(4);
  expect(Object.keys(first.items[0] ?? {}).join()).not.toMatch(/claim|key|hash/);
});

test("the log says who announced, enrolled and revoked", async () => {
  const robot = await enrolled(yard);
  await yard.client(admin).renewClaim({ params: { robot_id: robot.robotId } });
  await yard.client(admin).revokeDevice({ params: { robot_id: robot.robotId }, body: { reason: "stolen" } });

  const entries = (await yard.events(auditEntry)).filter(({ subject_id }) => subject_id === robot.robotId);

  expect(entries.map(({ body, actor }) => [body.action, actor.kind])).toEqual([
    ["devices/created", "user"],
    ["devices/enrolled", "robot"],
    ["devices/claim_renewed", "user"],
    ["devices/revoked", "user"],
  ]);
  expect(new Set(entries.map(({ causation_id }) => causation_id?.slice(0, 4)))).toEqual(new Set(["req_"]));
});

test.each([
  ["no name", { name: " " }, "/name"],
  ["no compartment", { compartments: 0 }, "/compartments"],
  ["a hub that is no id", { hub_id: "north" }, "/hub_id"],
  ["a key that we would have to make", { public_key: "x" }, "/public_key"],
])("a robot with %s is refused by name", async (_title, wrong, pointer) => {
  const response = await yard.request(
    "/v1/devices",
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Karla", market_id: marketId, hub_id: hubId, ...wrong }),
    },
    admin,
  );

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
});
