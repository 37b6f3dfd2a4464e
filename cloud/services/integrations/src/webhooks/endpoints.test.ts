import type { Principal } from "@kerbside/proto/base/roles";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { partner, stranger, type World, world } from "../world.harness.ts";
import { Hooks } from "./hooks.harness.ts";

const admin: Principal = {
  kind: "user",
  id: "u1",
  organizationId: partner.organizationId,
  role: "admin",
  name: "Aliya",
  storeIds: [],
};

let here: World;
let hooks: Hooks;
beforeAll(async () => {
  here = await world(inject("postgresUrl"));
  hooks = new Hooks(here);
});
afterAll(() => here[Symbol.asyncDispose]());

describe("a partner", () => {
  test("verifies with either key for a day after a rotation", async () => {
    await using hook = await hooks.listening();
    const { signing_key } = await hooks.mine.rotateWebhookKey({ params: hook.params });
    await hook.test();
    await hooks.sendAll();
    await here.clock.advance(24 * 60 * 60_000);
    await hook.test();
    await hooks.sendAll();

    const count = hook.arrived.map(({ headers }) => headers["webhook-signature"]?.split(" ").length);
    const [first] = hook.arrived;
    const signature = new Webhook(hook.signing_key).sign(
      first?.headers["webhook-id"] ?? "",
      new Date(Number(first?.headers["webhook-timestamp"]) * 1_000),
      first?.body ?? "",
    );
    expect(count).toEqual([2, 1]);
    expect(first?.headers["webhook-signature"]?.split(" ")[1]).toBe(signature);
    expect(signing_key).not.toBe(hook.signing_key);
  });

  test("has a message sent again, from the beginning of its schedule", async () => {
    await using hook = await hooks.listening();
    const { message_id } = await hook.test();
    await hooks.sendAll();

    const again = await hooks.mine.replayWebhookMessage({ params: { ...hook.params, message_id } });
    await hooks.sendAll();

    expect(again.state).toBe("pending");
    expect(hook.arrived.map(({ headers }) => headers["webhook-id"])).toEqual([again.event_id, again.event_id]);
    expect((await hook.messages())[0]).toMatchObject({ state: "succeeded", attempts: 2 });
  });

  test("finds messages by delivery and state", async () => {
    await using hook = await hooks.listening();
    const deliveryId = await hooks.ordered();
    await here.step(deliveryId, "confirmed");
    await hook.test();
    const query = { delivery_id: deliveryId, state: "pending" } as const;

    const { items } = await hooks.mine.listWebhookMessages({ params: hook.params, query });

    expect(items).toMatchObject([{ delivery_id: deliveryId, kind: "event.delivery_status" }]);
    expect(items[0]).not.toHaveProperty("payload");
  });

  test.each([
    ["http://8.8.8.8/hook", "not_https"],
    ["ftp://8.8.8.8/hook", "not_https"],
    ["https://10.0.0.1/", "not_public"],
    ["https://10.1/", "not_public"],
    ["https://0xa9fea9fe/", "not_public"],
    ["https://0251.0376.0251.0376/", "not_public"],
    ["https://[::ffff:a00:1]/", "not_public"],
    ["https://[64:ff9b::a00:1]/", "not_public"],
    ["https://[fd00::1]/", "not_public"],
    ["https://0x0a000001/", "not_public"],
    ["https://user:secret@8.8.8.8/", "carries_a_password"],
    ["nonsense", "not_a_url"],
  ])("cannot name %s: %s", async (url, reason) => {
    await expect(hooks.mine.createWebhook({ body: { url } })).rejects.toMatchObject({
      code: "webhook_target_refused",
      details: { reason },
    });
  });

  test("has addresses for its live keys and others for its test keys, which do not see each other", async () => {
    await using hook = await hooks.listening();
    const rehearsing = here.started.client({ ...partner, live: false });

    const made = await rehearsing.createWebhook({ body: { url: "http://127.0.0.1:9/hook" } });

    const seen = async (client: typeof rehearsing) =>
      (await client.listWebhooks({ query: {} })).items.map(({ endpoint_id }) => endpoint_id);
    expect(made.live).toBe(false);
    expect(await seen(rehearsing)).toEqual([made.endpoint_id]);
    expect(await seen(hooks.mine)).not.toContain(made.endpoint_id);
    expect(await seen(here.started.client(admin))).toEqual(
      expect.arrayContaining([made.endpoint_id, hook.endpoint_id]),
    );
    await expect(rehearsing.deleteWebhook({ params: hook.params })).rejects.toMatchObject({
      code: "webhook_not_found",
    });
    await expect(rehearsing.createWebhook({ body: { url: hook.url, live: true } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("sees and changes its own addresses only; an admin those of the organization", async () => {
    await using hook = await hooks.listening();
    const theirs = here.started.client(stranger);

    await expect(theirs.rotateWebhookKey({ params: hook.params })).rejects.toMatchObject({ code: "webhook_not_found" });
    await expect(theirs.listWebhooks({ query: { partner_id: partner.id } })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect((await theirs.listWebhooks({ query: {} })).items).toEqual([]);
    const seen = await here.started.client(admin).listWebhooks({ query: { partner_id: partner.id } });
    expect(seen.items.map(({ endpoint_id }) => endpoint_id)).toContain(hook.endpoint_id);
    expect(seen.items[0]).not.toHaveProperty("signing_key");
  });

  test("is named by an admin or a service, and has twenty addresses at most", async () => {
    const service = here.started.client({ kind: "service", id: "sim", organizationId: null });
    const url = "http://127.0.0.1:9/hook";
    const owner = { partner_id: stranger.id, organization_id: partner.organizationId };

    const refused = (body: { url: string; partner_id?: string }) =>
      here.started
        .client(admin)
        .createWebhook({ body })
        .catch((error: unknown) => Reflect.get(Object(error), "code"));
    expect(await refused({ url })).toBe("invalid_request");
    expect(await refused({ url, partner_id: crypto.randomUUID() })).toBe("partner_not_found");
    await Promise.all(Array.from({ length: 20 }, () => service.createWebhook({ body: { url, ...owner } })));
    await expect(service.createWebhook({ body: { url, ...owner } })).rejects.toMatchObject({
      code: "webhook_limit_reached",
    });
  });

  test("learns whom its key speaks for", async () => {
    expect(await hooks.mine.getPartner({})).toEqual({
      partner_id: partner.id,
      organization_id: partner.organizationId,
      scopes: ["eats.deliveries"],
      live: true,
    });
  });
});
