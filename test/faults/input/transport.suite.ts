import { request as httpRequest } from "node:http";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { services } from "@kerbside/proto/contract";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { rows } from "../authz/rows.ts";
import { type Answered, codeOf, type Sent, send } from "../world/call.ts";
import { doorOf } from "../world/door.ts";
import type { Credential } from "../world/tenant.ts";
import type { World } from "../world/world.ts";
import { countsOf, settled } from "./ledger.ts";

const json = { "content-type": "application/json" } as const;
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** Bodies that are wrong before anybody looks at their fields. */
const bodies: readonly (readonly [what: string, body: string | Buffer, headers: Credential, code: string])[] = [
  ["broken JSON", '{"a":', json, "invalid_request"],
  ["JSON with something behind it", "{} {}", json, "invalid_request"],
  ["a number that JSON does not have", '{"a":NaN}', json, "invalid_request"],
  ["a word", "yes", json, "invalid_request"],
  ["bytes that are no text", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), json, "invalid_request"],
  ["a list instead of an object", "[]", json, "invalid_request"],
  ["a text instead of an object", '"x"', json, "invalid_request"],
  ["null instead of an object", "null", json, "invalid_request"],
  ["a number beyond all numbers", '{"limit":1e309}', json, "invalid_request"],
  ["a name twice", '{"__proto__":1,"__proto__":{"a":1}}', json, "invalid_request"],
  ["ten thousand levels", deep(10_000), json, "invalid_request"],
  ["a hundred thousand lists", "[".repeat(100_000) + "]".repeat(100_000), json, "invalid_request"],
  ["ten thousand unknown fields", JSON.stringify(Object.fromEntries(manyFields())), json, "invalid_request"],
  ["two megabytes", JSON.stringify({ a: "x".repeat(2_097_152) }), json, "payload_too_large"],
  ["a form", "a=1", { "content-type": "application/x-www-form-urlencoded" }, "unsupported_media_type"],
  ["plain text", "{}", { "content-type": "text/plain" }, "unsupported_media_type"],
  ["a type that only begins like JSON", "{}", { "content-type": "application/jsonp" }, "unsupported_media_type"],
  ["XML", "<a/>", { "content-type": "application/xml" }, "unsupported_media_type"],
];

function manyFields(): readonly (readonly [string, number])[] {
  return Array.from({ length: 10_000 }, (_each, index) => [`field_${index}`, index]);
}

/** Whole requests that no client of ours would send. */
export function transportSuite(world: () => World): void {
  const writing = Object.entries(services).flatMap(([service, endpoints]) =>
    Object.entries(endpoints)
      .filter(([, { body }]) => body !== undefined)
      .map(([name, endpoint]) => ({ service, name, endpoint })),
  );
  let before: Awaited<ReturnType<typeof countsOf>>;
  const aimed = new Map<string, Sent>();
  const call = ({ service, name }: { readonly service: string; readonly name: string }): Sent =>
    aimed.get(`${service}.${name}`) ?? {};
  beforeAll(async () => {
    for (const [service, endpoints] of Object.entries(rows)) {
      for (const [name, row] of Object.entries(endpoints)) {
        const { params = {} }: Sent = await row.aim(world());
        aimed.set(`${service}.${name}`, { params });
      }
    }
    before = await settled(world());
  });

  test.each(bodies)("%s is refused by every endpoint that takes a body", async (_what, body, headers, code) => {
    const wrong: string[] = [];
    for (const { service, name, endpoint } of writing) {
      const credential = await doorOf(world(), endpoint.access);
      const answered = await sendRaw(world(), endpoint, call({ service, name }), {
        body,
        headers: { ...headers, ...credential },
      });
      if (codeOf(answered) !== code) wrong.push(`${service}.${name}: ${codeOf(answered)}`);
      if (answered.text.length > 20_000) wrong.push(`${service}.${name}: ${answered.text.length} characters of answer`);
    }

    expect(wrong).toEqual([]);
  });

  describe("an address", () => {
    test.each([
      ["%", 400],
      ["%ff", 400],
      ["%00", 400],
      ["..%2f..%2fetc%2fpasswd", 400],
      ["01890A5D-AC96-774B-BCCE-B302099A8057%20", 400],
      ["x".repeat(2_000), 400],
      ["1%20or%201=1", 400],
      ["01890a5d-ac96-774b-bcce-b302099a8057", 404],
    ])("of a robot called %s is refused", async (id, status) => {
      const { session } = world().aspan.people.ops;

      const response = await fetch(`${world().platform.url}/v1/fleet/robots/${id}`, { headers: session });

      expect(response.status).toBe(status);
    });

    test.each([
      ["limit=1000000000", "/query/limit"],
      ["limit=-1", "/query/limit"],
      ["limit=1.5", "/query/limit"],
      ["limit=NaN", "/query/limit"],
      ["limit=", "/query/limit"],
      ["limit=5&limit=6", "/query/limit"],
      ["cursor=nonsense", "/query/cursor"],
      ["cursor=%00", "/query/cursor"],
      [`cursor=${Buffer.from("99999999999999 x").toString("base64url")}`, "/query/cursor"],
      ["__proto__=1", "/query/__proto__"],
      ["constructor=1", "/query/constructor"],
      ["organization=1", "/query/organization"],
    ])("with ?%s is refused by every list", async (search, pointer) => {
      const wrong: string[] = [];
      for (const [service, endpoints] of Object.entries(services)) {
        for (const [name, endpoint] of Object.entries(endpoints)) {
          if (!pages(endpoint)) continue;
          const credential = await doorOf(world(), endpoint.access);
          const path = `${endpoint.path}?${search}` as const;
          const answered = await send(world().platform.url, { ...endpoint, path }, call({ service, name }), credential);
          if (answered.status !== 400 || !answered.text.includes(`"${pointer}`))
            wrong.push(`${name}: ${answered.text}`);
        }
      }

      expect(wrong).toEqual([]);
    });
  });

  describe("an idempotency key", () => {
    test.each(["x".repeat(256), "with space", "schlüssel"])("%s is refused", async (key) => {
      const { admin } = world().aspan.people;
      const headers = { ...json, ...admin.session, "idempotency-key": Buffer.from(key).toString("latin1") };

      const response = await fetch(`${world().platform.url}/v1/merchants`, {
        method: "POST",
        headers,
        body: '{"name":"x"}',
      });

      expect(await response.text()).toContain("/header/idempotency-key");
    });
  });

  test("nothing of this was written", async () => {
    expect(await countsOf(world())).toEqual(before);
  });

  test("whatever JSON is sent, the answer is a refusal or a success, never a failure of ours", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...writing), fc.jsonValue({ maxDepth: 4 }), async (target, body) => {
        const credential = await doorOf(world(), target.endpoint.access);
        const answered = await send(world().platform.url, target.endpoint, { ...call(target), body }, credential);
        return answered.status < 500 && (answered.status < 300 || codeOf(answered).length > 0);
      }),
      { numRuns: 300, seed: 7 },
    );

    expect(await (await fetch(`${world().platform.url}/readyz`)).json()).toMatchObject({ ready: true });
  });
}

function pages({ query }: Endpoint): boolean {
  return query !== undefined && "cursor" in query.shape && "limit" in query.shape;
}

/** Past what `fetch` would put right. */
function sendRaw(
  { platform }: World,
  endpoint: Endpoint,
  { params = {} }: Sent,
  { body, headers }: { readonly body: string | Buffer; readonly headers: Credential },
): Promise<Answered> {
  const path = endpoint.path.replace(/\{([^}]+)\}/g, (_all, name: string) => String(params[name]));
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${platform.url}${path}`, {
      method: endpoint.method.toUpperCase(),
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const type = { "content-type": response.headers["content-type"] ?? "" };
        resolve({ status: response.statusCode ?? 0, headers: new Headers(type), text });
      });
    });
    sent.end(body);
  });
}
