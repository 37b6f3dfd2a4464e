import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Credential } from "../world/tenant.ts";
import type { World } from "../world/world.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code: string;
}

/** Uber's paths have words of their own for refusals, and their own way to be wrong. */
export function uberSuite(world: () => World): void {
  const ask = async (method: string, path: string, { headers = bearer(), body }: Asked = {}): Promise<Answer> => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${world().platform.url}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    const answered = await response.text();
    return { status: response.status, text: answered, code: fieldOf(answered, "code") };
  };
  const bearer = (): Credential => world().aspan.first.bearer;
  const customer = (id = world().aspan.first.id): string => `/v1/customers/${id}`;
  const uberId = (id: string): string => `del_${Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url")}`;
  const order = (): Record<string, unknown> => ({
    pickup_name: "Store",
    pickup_address: "Store",
    pickup_phone_number: "+77172123456",
    dropoff_name: "Somebody",
    dropoff_address: "Door",
    dropoff_latitude: 51.13,
    dropoff_longitude: 71.43,
    pickup_latitude: 51.131,
    pickup_longitude: 71.431,
    dropoff_phone_number: "+77011234567",
    manifest_items: [{ name: "Soup", quantity: 1, size: "small" }],
    external_id: randomUUID(),
  });

  describe("by Uber's paths", () => {
    test("a partner orders and reads", async () => {
      const made = await ask("POST", `${customer()}/deliveries`, { body: order() });
      const read = await ask("GET", `${customer()}/deliveries/${uberId(world().delivery)}`);

      expect([made.status, read.status]).toEqual([200, 200]);
    });

    test.each([
      ["nobody", (): Credential => ({}), 401, "unauthorized"],
      ["a key of nobody", () => ({ authorization: `Bearer kbs_live_${"A".repeat(43)}` }), 401, "unauthorized"],
      ["an admin's session", () => world().aspan.people.admin.session, 401, "unauthorized"],
      ["a customer's link", () => world().unlockLink.bearer, 401, "unauthorized"],
      ["a robot", () => ({ authorization: `Bearer ${world().aspan.robot.token}` }), 401, "unauthorized"],
      ["a key that may not order", () => world().narrowKey.bearer, 403, "customer_blocked"],
      ["another partner of the tenant", () => world().aspan.second.bearer, 404, "customer_not_found"],
      ["a partner of the other tenant", () => world().boran.first.bearer, 404, "customer_not_found"],
    ] satisfies readonly (readonly [string, () => Credential, number, string])[])(
      "%s does nothing in the partner's name",
      async (_who, headers, status, code) => {
        const { delivery } = world();
        const one = `${customer()}/deliveries/${uberId(delivery)}`;

        const answers = [
          await ask("GET", `${customer()}/deliveries`, { headers: headers() }),
          await ask("GET", one, { headers: headers() }),
          await ask("POST", one, { headers: headers(), body: { pickup_notes: "x" } }),
          await ask("POST", `${one}/cancel`, { headers: headers(), body: {} }),
          await ask("POST", `${customer()}/deliveries`, { headers: headers(), body: order() }),
          await ask("POST", `${customer()}/delivery_quotes`, { headers: headers(), body: order() }),
        ];

        expect(new Set(answers.map((each) => `${each.status} ${each.code}`))).toEqual(new Set([`${status} ${code}`]));
      },
    );

    test("a partner does not reach another's delivery under its own name", async () => {
      const { secondPartners, southern, aspan } = world();
      for (const id of [secondPartners, southern, randomUUID()]) {
        const one = `${customer(aspan.first.id)}/deliveries/${uberId(id)}`;
        const answers = [
          await ask("GET", one),
          await ask("POST", `${one}/cancel`, { body: {} }),
          await ask("POST", one, { body: {} }),
        ];

        expect(answers.map(({ code }) => code)).toEqual(Array(3).fill("delivery_not_found"));
      }
    });

    const texts = [
      "pickup_name",
      "dropoff_name",
      "pickup_notes",
      "external_id",
      "manifest_reference",
      "idempotency_key",
    ];
    const wrongs: readonly (readonly [string, unknown])[] = [
      ...texts.map((name) => [name, "a\u0000b"] as const),
      ...texts.map((name) => [name, "x".repeat(3_000)] as const),
      ["dropoff_address", "\ud800"],
      ["dropoff_address", { $ne: null }],
      ["dropoff_address", JSON.stringify({ street_address: [1], city: {} })],
      ["dropoff_address", String.raw`{"street_address":["a\u0000b"],"city":"Astana"}`],
      ["dropoff_address", String.raw`{"street_address":["a\ud800b"],"city":"Astana"}`],
      ["dropoff_latitude", 91],
      ["dropoff_latitude", "51"],
      ["dropoff_longitude", -181],
      ["dropoff_phone_number", "1"],
      ["manifest_items", []],
      ["manifest_items", [{ name: "Soup", quantity: -1 }]],
      ["manifest_items", Array.from({ length: 20_000 }, () => ({ name: "Soup", quantity: 1 }))],
      ["quote_id", "dqt_nothing"],
      ["quote_id", 7],
      ["undeliverable_action", "explode"],
      ["pickup_ready_dt", "0000-01-01T00:00:00Z"],
      ["pickup_ready_dt", "soon"],
      ["dropoff_deadline_dt", "2026-01-01T00:00:00+23:59"],
      ["manifest_total_value", 1e300],
      ["tip", -1],
      ["external_store_id", "no such store"],
    ];
    test.each(wrongs)("an order with a wrong %s is refused", async (name, value) => {
      const { status, text } = await ask("POST", `${customer()}/deliveries`, { body: { ...order(), [name]: value } });

      expect(`${status} ${text}`).toMatch(/^400 .*"kind":"error"/);
      expect(text).not.toMatch(/node_modules|\.ts:\d|select |insert /i);
    });

    test.each([
      ["broken JSON", '{"a"'],
      ["a list", "[]"],
      ["a hundred thousand lists", "[".repeat(100_000)],
      ["two megabytes", JSON.stringify({ a: "x".repeat(2_097_152) })],
      ["prototypes", '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}'],
    ])("%s is refused", async (_what, body) => {
      expect((await ask("POST", `${customer()}/deliveries`, { body })).code).toBe("invalid_params");
      expect((await ask("POST", `${customer()}/delivery_quotes`, { body })).code).toBe("invalid_params");
    });

    test.each(["limit=1000000000", "limit=x", "offset=-1", "filter=everything", "offset=1e99"])(
      "a list with %s is refused",
      async (search) => {
        expect((await ask("GET", `${customer()}/deliveries?${search}`)).code).toBe("invalid_params");
      },
    );

    test.each(["del_", "x", "%00", "..%2f", "del_%F0%9F%A4%96", `del_${"A".repeat(5_000)}`])(
      "a delivery called %s is not there",
      async (id) => {
        expect((await ask("GET", `${customer()}/deliveries/${id}`)).status).toBe(404);
      },
    );
  });

  describe("a token", () => {
    const token = (form: Readonly<Record<string, string>> | string, type = "application/x-www-form-urlencoded") =>
      fetch(`${world().platform.url}/oauth/v2/token`, {
        method: "POST",
        headers: { "content-type": type },
        body: typeof form === "string" ? form : new URLSearchParams(form).toString(),
      });
    const good = () => ({
      grant_type: "client_credentials",
      client_id: world().aspan.first.clientId,
      client_secret: world().aspan.first.secret,
    });

    test("is given for a key, and is the partner's", async () => {
      const given = fieldOf(await (await token(good())).text(), "access_token");
      const headers = { authorization: `Bearer ${given}` };

      expect((await ask("GET", `${customer()}/deliveries`, { headers })).status).toBe(200);
    });

    test.each([
      ["another's secret", () => ({ ...good(), client_secret: world().boran.first.secret }), 401, "invalid_client"],
      ["a guessed secret", () => ({ ...good(), client_secret: "guess" }), 401, "invalid_client"],
      ["a NUL", () => ({ ...good(), client_id: "a\u0000b" }), 400, "invalid_request"],
      ["another grant", () => ({ ...good(), grant_type: "password" }), 400, "unsupported_grant_type"],
      ["a scope that the key lacks", () => ({ ...good(), scope: "admin" }), 400, "invalid_scope"],
      ["nothing", () => ({}), 400, "unsupported_grant_type"],
      ["nine kilobytes", () => ({ ...good(), x: "x".repeat(9_000) }), 400, "invalid_request"],
    ] satisfies readonly (readonly [string, () => Record<string, string>, number, string])[])(
      "is not given for %s",
      async (_what, form, status, error) => {
        const response = await token(form());

        expect([response.status, fieldOf(await response.text(), "error")]).toEqual([status, error]);
      },
    );

    test("is not given for JSON", async () => {
      expect((await token(JSON.stringify(good()), "application/json")).status).toBe(400);
    });
  });
}

/** A field of flat JSON; empty where it is not there. */
function fieldOf(text: string, name: string): string {
  return new RegExp(`"${name}":"(?<value>[^"]*)"`).exec(text)?.groups?.["value"] ?? "";
}

interface Asked {
  readonly headers?: Credential;
  readonly body?: unknown;
}
