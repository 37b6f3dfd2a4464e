import { createPrivateKey } from "node:crypto";
import { trustPublished } from "@kerbside/proto/events/robots";
import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { usedAssertion } from "./tables.ts";
import { tokenLifeMs } from "./tokens.ts";
import {
  assertionOf,
  enrolled,
  newKeys,
  ours,
  person,
  type Robot,
  refusal,
  seenBehind,
  startYard,
  tellTrust,
  tokenOf,
  trust,
  type Yard,
} from "./yard.harness.ts";

let yard: Yard;
let robot: Robot;
beforeAll(async () => {
  yard = await startYard(inject("postgresUrl"));
  await tellTrust(yard);
  robot = await enrolled(yard);
});
afterAll(() => yard[Symbol.asyncDispose]());

const issue = (assertion: string) => yard.client(null).issueRobotToken({ body: { assertion } });

test("a robot that signs for itself gets a token for MQTT and HTTP", async () => {
  const answer = await issue(await assertionOf(yard, robot));

  expect(answer).toMatchObject({ trust, expires_at: new Date(yard.clock.now() + tokenLifeMs).toISOString() });
  expect(decodeJwt(answer.token)).toMatchObject({ sub: robot.robotId, aud: ["mqtt", "http"] });
  expect(await seenBehind(yard, answer.token)).toEqual({ kind: "robot", id: robot.robotId, organizationId: ours });
});

test("an assertion gives one token, however often and at once it is shown", async () => {
  const assertion = await assertionOf(yard, robot);

  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => issue(assertion)));

  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await refusal(issue(assertion))).toMatchObject({ code: "credential_refused", details: {} });
});

test.each([
  ["behind", -3_600],
  ["ahead", 3_600],
])("a robot whose clock is an hour %s is told the time and succeeds with it", async (_title, offsetS) => {
  const wrongS = Math.floor(yard.clock.now() / 1_000) + offsetS;

  const fault = await refusal(issue(await assertionOf(yard, robot, { iat: wrongS, exp: wrongS + 60 })));

  expect(fault).toMatchObject({
    code: "credential_refused",
    details: { cloud_time: new Date(yard.clock.now()).toISOString() },
  });
  expect((await issue(await assertionOf(yard, robot))).token).toBeTruthy();
});

test("a time refusal does not use the assertion's id up", async () => {
  const jti = crypto.randomUUID();
  await refusal(issue(await assertionOf(yard, robot, { jti, iat: 0, exp: 60 })));

  expect((await issue(await assertionOf(yard, robot, { jti }))).token).toBeTruthy();
});

test.each<[string, (own: Robot) => Promise<string>]>([
  ["signed by another key", (own) => assertionOf(yard, { ...own, privateKey: newKeys().privateKey })],
  ["of a robot that nobody knows", (own) => assertionOf(yard, { ...own, robotId: crypto.randomUUID() })],
  ["that lives too long", (own) => assertionOf(yard, own, { exp: Math.floor(yard.clock.now() / 1_000) + 3_600 })],
  ["for another use", (own) => assertionOf(yard, own, { aud: "kerbside/other" })],
  ["with no id", (own) => assertionOf(yard, own, { jti: "" })],
  ["by another issuer", (own) => assertionOf(yard, own, { iss: crypto.randomUUID() })],
  ["changed on the way", async (own) => tampered(await assertionOf(yard, own))],
  ["without a signature", async (own) => `${(await assertionOf(yard, own)).split(".").slice(0, 2).join(".")}.`],
  ["that says it needs none", async (own) => withHeader(await assertionOf(yard, own), { alg: "none" })],
  ["of no shape at all", async () => "a".repeat(40)],
])("an assertion %s is refused, without the time", async (_title, make) => {
  const fault = await refusal(issue(await make(robot)));

  expect(fault).toMatchObject({ code: "credential_refused", details: {} });
});

test("one robot cannot sign for another", async () => {
  const other = await enrolled(yard);

  const fault = await refusal(issue(await assertionOf(yard, { robotId: other.robotId, privateKey: robot.privateKey })));

  expect(fault.code).toBe("credential_refused");
});

test("a robot that is revoked gets no token, and the ones it has end at once", async () => {
  const gone = await enrolled(yard);
  const token = await tokenOf(yard, gone);
  const principal = await seenBehind(yard, token);
  const params = { robot_id: gone.robotId };

  await yard.client(person("admin")).revokeDevice({ params, body: { reason: "stolen" } });

  expect(principal).toMatchObject({ kind: "robot" });
  expect(await seenBehind(yard, token)).toBe("refused");
  expect((await refusal(issue(await assertionOf(yard, gone)))).code).toBe("robot_revoked");
});

test("that a robot was revoked is told to whoever holds its key, and to nobody else", async () => {
  const gone = await enrolled(yard);
  await yard.client(person("admin")).revokeDevice({ params: { robot_id: gone.robotId }, body: { reason: "stolen" } });
  const forged = await assertionOf(yard, { ...newKeys(), robotId: gone.robotId });

  expect((await refusal(issue(forged))).code).toBe("credential_refused");
});

test("a connection that outlives its token is told when its robot was revoked", async () => {
  const gone = await enrolled(yard);
  const [authenticator] = yard.wired.authenticators ?? [];
  const principal = { kind: "robot", id: gone.robotId, organizationId: ours } as const;

  const before = await authenticator?.isRevoked?.(principal);
  await yard.client(person("admin")).revokeDevice({ params: { robot_id: gone.robotId }, body: { reason: "stolen" } });

  expect(before).toBe(false);
  expect(await authenticator?.isRevoked?.(principal)).toBe(true);
  expect(await authenticator?.isRevoked?.({ ...principal, id: crypto.randomUUID() })).toBe(true);
  expect(await authenticator?.isRevoked?.(person("admin"))).toBeNull();
});

test("tokens of a key end when another key takes its place", async () => {
  const old = await enrolled(yard);
  const token = await tokenOf(yard, old);
  const { claim_code } = await yard.client(person("admin")).renewClaim({ params: { robot_id: old.robotId } });
  const still = await seenBehind(yard, token);
  const keys = newKeys();

  await yard.client(null).enrolRobot({ body: { claim_code, public_key: keys.publicKey } });

  expect(still).toMatchObject({ kind: "robot" });
  expect(await seenBehind(yard, token)).toBe("refused");
  expect((await refusal(issue(await assertionOf(yard, old)))).code).toBe("credential_refused");
  const token2 = await tokenOf(yard, { ...keys, robotId: old.robotId });
  expect(await seenBehind(yard, token2)).toMatchObject({ id: old.robotId });
});

test("a token ends after its hour", async () => {
  const token = await tokenOf(yard, robot);

  await yard.clock.advance(tokenLifeMs + 1_000);

  expect(await seenBehind(yard, token)).toBe("refused");
});

test("a token that we did not sign is refused, others are left to their own doors", async () => {
  const claims = decodeJwt(await tokenOf(yard, robot));
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: "EdDSA" }).sign(newKeys().privateKey);
  const foreign = await new SignJWT({ ...claims, iss: "somebody else" })
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(createPrivateKey(newKeys().privateKey.export({ format: "pem", type: "pkcs8" })));

  expect(await seenBehind(yard, forged)).toBe("refused");
  expect(await seenBehind(yard, await assertionOf(yard, robot))).toBeNull();
  expect(await seenBehind(yard, foreign)).toBeNull();
  expect(await seenBehind(yard, "kbs_live_abc")).toBeNull();
});

test("assertions are forgotten once their age alone refuses them", async () => {
  await tokenOf(yard, robot);
  await yard.clock.advance(2 * 60 * 60 * 1_000);

  await tokenOf(yard, robot);

  expect(await yard.db.select().from(usedAssertion)).toHaveLength(1);
});

test("whom to believe is what was said last", async () => {
  const rotated = {
    ...trust,
    signing_keys: [{ key_id: "k2", public_key: newKeys().publicKey, root_signature: "s" }],
  };

  await tellTrust(yard, rotated);

  expect((await issue(await assertionOf(yard, robot))).trust).toEqual(rotated);
  expect(yard.wired.consumers?.map(({ on }) => on)).toEqual([trustPublished]);
});

test("nobody with another credential gets further by it", async () => {
  const assertion = await assertionOf(yard, robot);
  const token = await tokenOf(yard, robot);

  const response = await yard.request("/v1/devices", { headers: { authorization: `Bearer ${token}` } });
  const byAssertion = await yard.request("/v1/devices", { headers: { authorization: `Bearer ${assertion}` } });

  expect([response.status, byAssertion.status]).toEqual([403, 401]);
});

function tampered(assertion: string): string {
  const [header, , signature] = assertion.split(".");
  const payload = { ...decodeJwt(assertion), jti: crypto.randomUUID() };
  return [header, Buffer.from(JSON.stringify(payload)).toString("base64url"), signature].join(".");
}

function withHeader(assertion: string, header: object): string {
  const [, payload] = assertion.split(".");
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.`;
}
