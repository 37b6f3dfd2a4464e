import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enrol, TokenSource } from "./cloud.http.ts";
import { newPrivateKey, robotKey } from "./identity.node.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const trust = { root_key: `${"A".repeat(43)}=`, signing_keys: [] };
const privateKey = newPrivateKey();

interface Asked {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

/** Answers as the device service does; `clock` is the cloud's. */
let asked: Asked[];
let cloudMs: number;
let url: string;
let running: DisposableStack;

beforeEach(async () => {
  asked = [];
  cloudMs = Date.UTC(2026, 0, 5, 9);
  running = new DisposableStack();
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body: Asked["body"] = JSON.parse(text);
      asked.push({ path: request.url ?? "", body });
      const { status, answer } = request.url === "/v1/robots/enrol" ? enrolled() : token(body["assertion"] ?? "");
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  running.defer(() => server.close());
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  url = typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
});
afterEach(() => running.dispose());

function enrolled() {
  return { status: 201, answer: { robot_id: robotId, organization_id: robotId, name: "R1", trust } };
}

function token(assertion: string) {
  const [head = "", claims = "", signature = ""] = assertion.split(".");
  const key = createPublicKey(privateKey);
  const isGenuine = verify(null, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"));
  const { iat }: { iat: number } = JSON.parse(Buffer.from(claims, "base64url").toString());
  if (!isGenuine || Math.abs(iat * 1_000 - cloudMs) > 60_000) {
    const details = { cloud_time: new Date(cloudMs).toISOString() };
    return { status: 401, answer: { status: 401, code: "credential_refused", title: "", type: "", details } };
  }
  const issued = { iat: 1_000, exp: 1_600, n: asked.length };
  const text = `x.${Buffer.from(JSON.stringify(issued)).toString("base64url")}.y`;
  return { status: 200, answer: { token: text, expires_at: new Date(cloudMs + 600_000).toISOString(), trust } };
}

function source(clock: VirtualClock) {
  const trusts: unknown[] = [];
  const tokens = new TokenSource({
    httpUrl: url,
    robotId,
    key: robotKey(privateKey),
    clock,
    rng: new SeededRng(1),
    onTrust: (told) => trusts.push(told),
  });
  return { tokens, trusts };
}

test("enrolment shows the claim code and a public key, and keeps the private one", async () => {
  const identity = await enrol(url, "CLAIM-CODE", privateKey);

  expect(asked).toEqual([
    {
      path: "/v1/robots/enrol",
      body: { claim_code: "CLAIM-CODE", public_key: robotKey(identity.private_key).publicKey },
    },
  ]);
  expect(identity).toMatchObject({ robot_id: robotId, name: "R1", trust });
});

test("a token is fetched once for all who ask, and again after four fifths of its life", async () => {
  const clock = new VirtualClock(cloudMs);
  const { tokens, trusts } = source(clock);

  const [first, same] = await Promise.all([tokens.token(), tokens.token()]);
  await clock.advance(479_000);
  const kept = await tokens.token();
  await clock.advance(2_000);
  cloudMs = clock.now();
  const renewed = await tokens.token();

  expect([same, kept]).toEqual([first, first]);
  expect(renewed).not.toBe(first);
  expect(trusts).toEqual([trust, trust]);
});

test("a robot whose clock is wrong signs in by the cloud's time", async () => {
  const { tokens } = source(new VirtualClock(0));

  await expect(tokens.token()).resolves.toMatch(/^x\./);
  expect(asked).toHaveLength(2);
});

test("a refusal is passed on and the next asking tries again", async () => {
  const tokens = new TokenSource({
    httpUrl: url,
    robotId,
    key: robotKey(newPrivateKey()),
    clock: new VirtualClock(cloudMs),
    rng: new SeededRng(1),
    onTrust: () => undefined,
  });

  await expect(tokens.token()).rejects.toThrow("credential_refused");
  await expect(tokens.token()).rejects.toThrow("credential_refused");
  expect(asked).toHaveLength(4);
});
