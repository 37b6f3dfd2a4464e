import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { describe, expect, test } from "vitest";
import { type Answered, codeOf, send } from "../world/call.ts";
import { assertionOf, jwt, publicKeyOf, type Robot } from "../world/robot.ts";
import type { World } from "../world/world.ts";

const { issueRobotToken, enrolRobot } = deviceRoutes;

/** What a robot says to get its token, forged in every way that JWTs have been forged. */
export function assertionsSuite(world: () => World): void {
  const show = (assertion: string): Promise<Answered> =>
    send(world().platform.url, issueRobotToken, { body: { assertion } });
  const mine = (): Robot => world().aspan.robot;
  const theirs = (): Robot => world().boran.robot;
  const nowS = (): number => Math.floor(Date.now() / 1_000);
  const claims = (): object => JSON.parse(part(assertionOf(mine().id, mine().key), 1));
  const forged = (header: object, signature: (text: string) => string): string => {
    const text = [header, claims()].map((each) => Buffer.from(JSON.stringify(each)).toString("base64url")).join(".");
    return `${text}.${signature(text)}`;
  };
  const own = generateKeyPairSync("ed25519").privateKey;
  const byOwn = (text: string): string => sign(null, Buffer.from(text), own).toString("base64url");
  const hmac = (secret: string | Buffer) => (text: string) =>
    createHmac("sha256", secret).update(text).digest("base64url");

  const lies: readonly (readonly [what: string, assertion: () => string])[] = [
    ["another robot's key", () => assertionOf(mine().id, theirs().key)],
    ["another robot's name for itself", () => assertionOf(mine().id, theirs().key, { iss: theirs().id })],
    ["its name, about another", () => assertionOf(mine().id, mine().key, { sub: theirs().id })],
    ["no signature", () => forged({ alg: "none" }, () => "")],
    ["no signature, in capitals", () => forged({ alg: "NONE", typ: "JWT" }, () => "")],
    ["its public key as a secret", () => forged({ alg: "HS256" }, hmac(publicKeyOf(mine().key)))],
    [
      "its public key's bytes as a secret",
      () => forged({ alg: "HS256" }, hmac(Buffer.from(publicKeyOf(mine().key), "base64"))),
    ],
    ["an empty secret", () => forged({ alg: "HS256" }, hmac(""))],
    ["a key that it brings along", () => forged({ alg: "EdDSA", jwk: own.export({ format: "jwk" }) }, byOwn)],
    ["a key from elsewhere", () => forged({ alg: "EdDSA", jku: "http://127.0.0.1/keys", kid: "../../secret" }, byOwn)],
    ["something critical that nobody knows", () => jwt(claims(), mine().key, { alg: "EdDSA", crit: ["x"], x: 1 })],
    ["a claim that was changed after signing", () => changed(assertionOf(mine().id, mine().key), { aud: "http" })],
    ["another audience", () => assertionOf(mine().id, mine().key, { aud: "mqtt" })],
    ["several audiences", () => assertionOf(mine().id, mine().key, { aud: ["http", "mqtt"] })],
    ["a life of a day", () => assertionOf(mine().id, mine().key, { exp: nowS() + 86_400 })],
    ["a life that ended", () => assertionOf(mine().id, mine().key, { iat: nowS() - 120, exp: nowS() - 60 })],
    ["a life that has not begun", () => assertionOf(mine().id, mine().key, { iat: nowS() + 60, exp: nowS() + 120 })],
    ["no end", () => assertionOf(mine().id, mine().key, { exp: null })],
    ["an endless number", () => assertionOf(mine().id, mine().key, { exp: 1e300 })],
    ["no number of its own", () => assertionOf(mine().id, mine().key, { jti: undefined })],
    ["a list for a name", () => assertionOf(mine().id, mine().key, { sub: [mine().id] })],
    ["a name of nobody", () => assertionOf(randomUUID(), mine().key)],
    ["its token in place of an assertion", () => mine().token],
    ["five parts", () => `${assertionOf(mine().id, mine().key)}.AA.AA`],
    ["dots", () => ".".repeat(100)],
    ["a prototype", () => jwt({ ...claims(), ["__proto__"]: { sub: mine().id } }, theirs().key)],
  ];

  test("each is refused alike, whatever is wrong with it", async () => {
    const wrong: string[] = [];
    const answers = new Set<string>();
    for (const [what, assertion] of lies) {
      const answered = await show(assertion());
      if (codeOf(answered) !== "credential_refused") wrong.push(`${what}: ${codeOf(answered)}`);
      answers.add(
        answered.text.replace(/"request_id":"[^"]+"/, "").replace(/,?"details":\{"cloud_time":"[^"]+"\}/, ""),
      );
    }

    expect(wrong).toEqual([]);
    expect(answers.size).toBe(1);
  });

  test("one that is true gives one token, of twenty that show it at once", async () => {
    const assertion = assertionOf(mine().id, mine().key);

    const answers = await Promise.all(Array.from({ length: 20 }, () => show(assertion)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(codeOf(await show(assertion))).toBe("credential_refused");
  });

  describe("a claim code", () => {
    test("is neither guessed nor used twice, and tells nobody which", async () => {
      const { platform, aspan } = world();
      const { organizationId: organization_id, marketId: market_id, hubId: hub_id } = aspan;
      const announced = { organization_id, market_id, hub_id, name: "aspan K9" };
      const { claim_code } = await platform.client("device", deviceRoutes).createDevice({ body: announced });
      const enrol = async (code: string) => {
        const public_key = publicKeyOf(generateKeyPairSync("ed25519").privateKey);
        const body = { claim_code: code, public_key };
        const { status, text } = await send(platform.url, enrolRobot, { body });
        return `${status} ${text.replace(/"request_id":"[^"]+"/, "")}`;
      };
      expect(await enrol(claim_code)).toMatch(/^201/);

      const refusals = new Set([
        await enrol(claim_code),
        await enrol("0000-0000-0000-0000"),
        await enrol(claim_code.slice(0, -1)),
        await enrol("' or 1=1 --"),
      ]);

      expect([...refusals]).toEqual([expect.stringContaining("claim_refused")]);
    });
  });
}

function part(token: string, index: number): string {
  return Buffer.from(token.split(".")[index] ?? "", "base64url").toString();
}

function changed(token: string, change: object): string {
  const [header = "", , signature = ""] = token.split(".");
  const payload = Buffer.from(JSON.stringify({ ...JSON.parse(part(token, 1)), ...change })).toString("base64url");
  return `${header}.${payload}.${signature}`;
}
