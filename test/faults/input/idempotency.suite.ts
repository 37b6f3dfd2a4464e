import { randomUUID } from "node:crypto";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { describe, expect, test } from "vitest";
import { rows } from "../authz/rows.ts";
import { type Answered, codeOf, send } from "../world/call.ts";
import type { Credential } from "../world/tenant.ts";
import type { World } from "../world/world.ts";

const { createMerchant } = configRoutes;
const { createDelivery, createTrackingLink } = deliveryRoutes;

/** The same Idempotency-Key by those who share nothing else, and by one who cannot wait. */
export function idempotencySuite(world: () => World): void {
  const ask = (
    endpoint: Parameters<typeof send>[1],
    call: Parameters<typeof send>[2],
    { as, key }: { readonly as: Credential; readonly key: string },
  ): Promise<Answered> => send(world().platform.url, endpoint, call, { ...as, "idempotency-key": key });

  test("belongs to one principal and one endpoint: nobody gets another's answer by it", async () => {
    const key = randomUUID();
    const { aspan, boran } = world();
    const callers = [aspan.people.admin, boran.people.admin].map(({ session }) => session);

    const made = [];
    for (const as of callers) made.push(await ask(createMerchant, { body: { name: "The same" } }, { as, key }));
    const elsewhere = await ask(
      integrationsRoutes.testWebhook,
      { params: { endpoint_id: world().webhook } },
      { as: callers[0] ?? {}, key },
    );

    const ids = made.map(({ text }) => createMerchant.reply.parse(JSON.parse(text)));
    expect(new Set(ids.map(({ merchant_id }) => merchant_id)).size).toBe(2);
    expect(ids.map(({ organization_id }) => organization_id)).toEqual([aspan.organizationId, boran.organizationId]);
    expect(elsewhere.text).not.toContain("merchant_id");
  });

  test("makes one thing of twenty requests at once, and all get the same answer", async () => {
    const { first } = world().aspan;
    const { body } = await orderOf(world());
    const external_id = `p-one-${randomUUID()}`;
    const sent = { body: { ...body, external_id } };
    const caller = { as: first.bearer, key: randomUUID() };

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(createDelivery, sent, caller)));

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const made = "select count(*)::int as count from deliveries.delivery where external_id = $1";
    expect(await world().sql(made, [external_id])).toEqual([{ count: 1 }]);
  });

  describe("with another request", () => {
    test.each([
      ["another body", { body: { name: "Other" } }],
      ["a further field", { body: { name: "One", external_id: "x" } }],
    ])("of the same caller is a conflict: %s", async (_what, other) => {
      const caller = { as: world().aspan.people.admin.session, key: randomUUID() };
      await ask(createMerchant, { body: { name: "One" } }, caller);

      const again = await ask(createMerchant, other, caller);

      expect(codeOf(again)).toMatch(/idempotency_conflict|invalid_request/);
    });

    test("about another delivery is a conflict", async () => {
      const { delivery, otherDelivery, aspan } = world();
      const caller = { as: aspan.first.bearer, key: randomUUID() };
      const about = (delivery_id: string) => ({ params: { delivery_id }, body: { scope: "view" } });
      await ask(createTrackingLink, about(delivery), caller);

      expect(codeOf(await ask(createTrackingLink, about(otherDelivery), caller))).toBe("idempotency_conflict");
    });
  });

  test("opens nothing to whoever is no longer let in", async () => {
    const { delivery, aspan } = world();
    const caller = { as: aspan.first.bearer, key: randomUUID() };
    const about = { params: { delivery_id: delivery }, body: { scope: "view" } };
    await ask(createTrackingLink, about, caller);

    expect(codeOf(await ask(createTrackingLink, about, { ...caller, as: {} }))).toBe("unauthenticated");
    expect(codeOf(await ask(createTrackingLink, about, { ...caller, as: aspan.second.bearer }))).toBe(
      "delivery_not_found",
    );
  });
}

async function orderOf(world: World): Promise<{ readonly body: object }> {
  const call = await rows["deliveries"]?.["createDelivery"]?.aim(world);
  const body: unknown = call && Reflect.get(call, "body");
  if (typeof body !== "object" || body === null) throw new Error("no order");
  return { body };
}
