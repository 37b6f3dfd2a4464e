import { describe, expect, test } from "vitest";
import { type Answered, codeOf, send } from "../world/call.ts";
import { callersOf } from "../world/callers.ts";
import { only } from "../world/tenant.ts";
import type { World } from "../world/world.ts";

/** Parts of live tables by a condition of the client's own: whatever it says, it learns only what it may follow anyway. */
export function subsetsSuite(world: () => World): void {
  const callerNamed = (name: string) => only(callersOf(world()).find((caller) => caller.name === name));
  const ask = (name: string, shape: string, body: unknown): Promise<Answered> => {
    const { kind, id, credential } = callerNamed(name);
    const path = `/shapes/${kind}:${id}/${shape}` as const;
    return send(world().platform.url, { method: "post", path }, { query: { offset: "now" }, body }, credential);
  };
  const board = (body: unknown) => ask("ops of boran", "deliveries", body);
  const watched = (body: unknown) => ask("a customer who may watch", "tracking-delivery", body);

  test("a condition finds what is one's own", async () => {
    const { status, text } = await watched({ where: "state = $1", params: { "1": "created" } });

    expect(status).toBe(200);
    expect(text).toContain(world().delivery);
  });

  describe("a condition", () => {
    const curious = [
      "dropoff_phone is not null",
      '"dropoff_phone" is not null',
      "DROPOFF_NAME like 'a%'",
      "delivery.dropoff_name = 'x'",
      "deliveries.delivery.price_minor > 1",
      "delivery::text like '%aspan%'",
      "delivery is not null",
      "delivery.* is not null",
      "row_to_json(delivery)::text like '%'",
      "ctid is not null",
      "xmin::text <> '0'",
      "tableoid = 'deliveries.delivery'::regclass",
      "(select true)",
      "exists (select 1 from accounts.session)",
      "state in (select password_hash from accounts.user_account)",
      "pg_sleep(10) is null",
      "current_user = 'x'",
      "version() like 'P%'",
      "current_setting('data_directory') like '/%'",
      "pg_read_file('/etc/passwd') like 'r%'",
      "state = any(array(select 'x'))",
      "state::regclass is not null",
      "true; drop table deliveries.delivery; --",
      "true) or (true",
      "true union select 1",
      "true /* ",
      "$2 = 'x'",
      "$0 = 'x'",
      "'",
      "state = U&'\\0000'",
    ];
    test.each(curious)("of “%s” is refused", async (where) => {
      for (const asked of [board, watched])
        expect(codeOf(await asked({ where, params: { "1": "x" } }))).toBe("invalid_request");
    });

    const odd = [
      ["that says nothing", ""],
      ["with a remark", "true -- "],
      ["that divides by nothing", "case when 1/0 = 1 then true else false end"],
      ["of nine thousand letters", "a".repeat(9_000)],
      ["in twenty thousand brackets", `${"(".repeat(20_000)}true${")".repeat(20_000)}`],
      ["denied sixteen thousand times", `${"not ".repeat(16_000)}true`],
      ["of seven thousand parts", `true${" and true".repeat(7_000)}`],
      ["with a NUL", "state = 'a\u0000b'"],
    ] as const;
    test.each(odd)("%s is answered or refused, and tells of nobody else", async (_what, where) => {
      const [boards, one] = [await board({ where }), await watched({ where })];

      for (const { status } of [boards, one]) expect([200, 400]).toContain(status);
      expect(boards.text).not.toMatch(/aspan|p-one/i);
      expect(one.text).not.toMatch(/boran|\+7/i);
    });

    test.each([
      ["in the order", { order_by: "dropoff_name", limit: 1 }],
      ["in the order, quoted", { order_by: '"price_minor" desc', limit: 1 }],
      ["as an order", { order_by: "(select 1)", limit: 1 }],
      ["as an order by number", { order_by: "1; drop table x", limit: 1 }],
      ["as a limit below zero", { order_by: "state", limit: -1 }],
      ["as an endless limit", { order_by: "state", limit: 1e300 }],
      ["as a table", { where: "true", table: "accounts.session" }],
      ["as columns", { where: "true", columns: ["dropoff_phone"] }],
      ["as the policy's own value", { where: "true", params: { "-1": "x", "params[1]": "x" } }],
      ["as a prototype", JSON.parse('{"where":"true","__proto__":{"table":"x"}}')],
      ["as a list", [{ where: "true" }]],
      ["as a text", "true"],
      ["twice", { subset: { where: "true" }, where: "true" }],
    ])("%s is refused", async (_what, body: unknown) => {
      for (const asked of [board, watched]) expect(codeOf(await asked(body))).toBe("invalid_request");
    });
  });

  test("every other tenant's rows stay out of reach, whatever is true", async () => {
    for (const where of [
      "true",
      "organization_id is not null",
      "organization_id <> $1",
      "1 = 1 or organization_id = $1",
    ]) {
      const { text } = await board({
        where,
        params: where.includes("$1") ? { "1": world().aspan.organizationId } : {},
      });

      expect(text).not.toMatch(/aspan|p-one/i);
    }
  });
}
