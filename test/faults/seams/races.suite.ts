import { generateKeyPairSync, randomUUID } from "node:crypto";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { describe, expect, test } from "vitest";
import { type Answered, codeOf, send } from "../world/call.ts";
import { publicKeyOf } from "../world/robot.ts";
import { partnerKey, signIn } from "../world/tenant.ts";
import type { World } from "../world/world.ts";

/** What may happen once, asked for by many at the same moment. */
export function racesSuite(world: () => World): void {
  const many = (count: number, ask: (index: number) => Promise<Answered>): Promise<readonly string[]> =>
    Promise.all(
      Array.from({ length: count }, async (_each, index) => {
        const answered = await ask(index);
        return answered.status < 300 ? "done" : codeOf(answered);
      }),
    );
  const ask = (
    ...[endpoint, call, credential]: [...Parameters<typeof send>] extends [string, ...infer Rest] ? Rest : never
  ) => send(world().platform.url, endpoint, call, credential);
  const once = (others: string, count: number): readonly string[] => ["done", ...Array<string>(count - 1).fill(others)];
  const order = () => ({
    store_id: world().aspan.north,
    dropoff: { name: "aspan p-one racer", address: { place: { lat: 51.13, lng: 71.43 } } },
    items: [{ name: "Soup", quantity: 1 }],
  });

  test("a quote becomes one delivery", async () => {
    const { aspan } = world();
    const { dropoff, store_id } = order();
    const asked = { body: { store_id, dropoff: dropoff.address } };
    const { text } = await ask(deliveryRoutes.createQuote, asked, aspan.first.bearer);
    const { quote_id } = deliveryRoutes.createQuote.reply.parse(JSON.parse(text));

    const outcomes = await many(10, () =>
      ask(deliveryRoutes.createDelivery, { body: { ...order(), quote_id } }, aspan.first.bearer),
    );

    expect(outcomes.toSorted()).toEqual(once("quote_used", 10));
  });

  test.each(["external_id", "delivery_id"])("orders with the same %s are one delivery", async (name) => {
    const id = randomUUID();

    await many(10, () =>
      ask(deliveryRoutes.createDelivery, { body: { ...order(), [name]: id } }, world().aspan.first.bearer),
    );

    const made = `select count(*)::int as count from deliveries.delivery where ${name} = $1`;
    expect(await world().sql(made, [id])).toEqual([{ count: 1 }]);
  });

  test("a claim code makes one robot of many who were told it", async () => {
    const { aspan, platform } = world();
    const announced = { organization_id: aspan.organizationId, market_id: aspan.marketId, hub_id: aspan.hubId };
    const device = platform.client("device", deviceRoutes);
    const { claim_code } = await device.createDevice({ body: { ...announced, name: "aspan K7" } });

    const outcomes = await many(10, () => {
      const public_key = publicKeyOf(generateKeyPairSync("ed25519").privateKey);
      return ask(deviceRoutes.enrolRobot, { body: { claim_code, public_key } }, {});
    });

    expect(outcomes.toSorted()).toEqual(once("claim_refused", 10).toSorted());
  });

  test("a partner has twenty webhooks at most", async () => {
    const { aspan, platform } = world();
    const partner = await partnerKey(platform, { organization_id: aspan.organizationId, partner_name: "aspan Racer" });

    const outcomes = await many(30, (index) =>
      ask(integrationsRoutes.createWebhook, { body: { url: `http://127.0.0.1:9/${index}` } }, partner.bearer),
    );

    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === "webhook_limit_reached")).toHaveLength(10);
  });

  test("a store's external id belongs to one store", async () => {
    const { aspan } = world();
    const store = { market_id: aspan.marketId, merchant_id: aspan.merchantId, name: "aspan store-north racer" };
    const address = { text: "Somewhere", place: { lat: 51.13, lng: 71.43 } };
    const body = { ...store, address, external_id: randomUUID() };

    const outcomes = await many(10, () => ask(configRoutes.createStore, { body }, aspan.people.admin.session));

    expect(outcomes.toSorted()).toEqual(once("external_id_taken", 10));
  });

  describe("of two admins", () => {
    test("who put each other out at the same moment, one stays", async () => {
      const { platform } = world();
      const introduce = (called: string) => ({
        email: `${called}-${randomUUID()}@race.example`,
        name: called,
        role: "admin" as const,
      });
      const accounts = platform.client("accounts", accountsRoutes);
      const body = { name: "Race Robots", users: [introduce("one"), introduce("other")] };
      const { users } = await accounts.createOrganization({ body });
      const sessions = await Promise.all(
        users.map(({ user, password }) => signIn(platform, user.email, password ?? "")),
      );

      const outcomes = await many(2, (index) => {
        const params = { user_id: users[1 - index]?.user.user_id };
        return ask(accountsRoutes.updateUser, { params, body: { disabled: true } }, sessions[index] ?? {});
      });

      expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    });
  });
}
