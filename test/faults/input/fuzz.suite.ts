import { services } from "@kerbside/proto/contract";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { doorOf } from "../world/door.ts";
import type { World } from "../world/world.ts";

type Asked = (typeof asked)[number];

/** What is no endpoint of the contracts: Uber's paths, the token's, live tables and pages. */
const others = [
  "post /oauth/v2/token",
  "get /v1/customers/{customer_id}/deliveries",
  "post /v1/customers/{customer_id}/deliveries/{delivery_id}",
  "post /v1/customers/{customer_id}/delivery_quotes",
  "get /shapes/{principal}/{name}",
  "post /shapes/{principal}/{name}",
  "get /ops/{page}",
].map((words) => ({
  method: words.split(" ")[0] ?? "",
  path: words.split(" ")[1] ?? "",
  access: ["partner"] as const,
}));
const endpoints = Object.values(services).flatMap((all) => Object.values(all));
/** Without their schemas, which would be printed with what made one fail. */
const asked = [...endpoints.map(({ method, path, access }) => ({ method, path, access })), ...others];

/** Whatever comes over the wire, at any address: refused or done, and never a failure of ours. */
export function fuzzSuite(world: () => World): void {
  test("whatever is sent wherever, it is refused or done", async () => {
    const { platform } = world();
    await fc.assert(
      fc.asyncProperty(request, async ({ target, words, query, body, headers }) => {
        const rest = [...words];
        const path = target.path.replace(/\{\w+\}/g, () => rest.pop() ?? "x");
        const search = query.map(([name, value]) => `${name}=${value}`).join("&");
        const credential = await doorOf(world(), target.access);
        const sent = target.method === "get" ? {} : { body };
        const init = { method: target.method.toUpperCase(), headers: { ...credential, ...headers }, ...sent };

        const answer = await fetch(`${platform.url}${path}?${search}`, { ...init, redirect: "manual" });
        await answer.arrayBuffer();

        return answer.status < 500;
      }),
      { numRuns: 500, seed: 7 },
    );

    expect(await (await fetch(`${platform.url}/readyz`)).json()).toMatchObject({ ready: true });
  });
}

const escaped = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
const known = ["null", "-1", "NaN", "1e309", "true", "[]", "%00", "..%2f", "%ff", "9".repeat(40), "x".repeat(3_000)];
const word = fc.oneof(escaped, fc.constantFrom(...known, "01890a5d-ac96-774b-bcce-b302099a8057"));
const names = endpoints.flatMap(({ query }) => Object.keys(query?.shape ?? {}));
const strange = {
  "content-type": ["application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", "json"],
  "content-encoding": ["gzip", "identity", "x"],
  "idempotency-key": ["a", "\u00ff", "x".repeat(300)],
  "x-request-id": ["short", "a long enough id", "\u00ff".repeat(20)],
  "accept-encoding": ["gzip;q=0", "*"],
  "if-none-match": ["*", '"x"'],
  range: ["bytes=0-0", "bytes=9-1"],
  cookie: ["kerbside_session=x", "=;=;", "a".repeat(4_000)],
};
const header = fc.oneof(
  ...Object.entries(strange).map(([name, values]) => fc.tuple(fc.constant(name), fc.constantFrom(...values))),
);
const request = fc.record({
  target: fc.constantFrom<Asked[]>(...asked),
  words: fc.array(word, { minLength: 2, maxLength: 2 }),
  query: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), escaped), word), { maxLength: 3 }),
  body: fc.oneof(fc.json({ maxDepth: 4 }), fc.uint8Array({ maxLength: 200 }), fc.constantFrom("", "{", "null")),
  headers: fc
    .array(header, { maxLength: 3 })
    .map((all) => ({ "content-type": "application/json", ...Object.fromEntries(all) })),
});
