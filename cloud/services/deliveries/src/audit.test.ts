import type { Principal } from "@kerbside/proto/base/roles";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { ids, merchant, ops, partner, service } from "./people.fixture.ts";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.freeRobots());

/** What an endpoint leaves in the audit log, and somebody who uses it; or why there is nothing to leave. */
type Accountable =
  | { readonly action: string; readonly by: string; readonly use: () => Promise<{ readonly delivery_id: string }> }
  | { readonly exempt: string };

const waiting = () => world.order();
async function atStop(stop: "reachesStore" | "reachesDoor") {
  const delivery = await world.assigned();
  await world.robot[stop](delivery);
  return delivery;
}
const as = (principal: Principal) => world.started.client(principal);
const request = () => ({ request_id: crypto.randomUUID() });
async function asCustomer(path: string, { tracking_url }: { tracking_url: string | null }, body?: object) {
  const headers = {
    authorization: `Bearer ${new URL(tracking_url ?? "").hash.slice(1)}`,
    "content-type": "application/json",
  };
  const response = await world.started.request(path, {
    method: "POST",
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.ok).toBe(true);
}

/** Total: a new endpoint does not compile before it is decided what it leaves behind. */
const endpoints: Record<keyof typeof deliveryRoutes, Accountable> = {
  createQuote: { exempt: "an offer binds nobody and shows nothing of anybody" },
  getQuote: { exempt: "reads" },
  createDelivery: { exempt: "the first step of the delivery's own history says who ordered" },
  listDeliveries: { exempt: "reads" },
  getDelivery: { exempt: "reads" },
  getDeliveryHistory: { exempt: "reads" },
  getLoadCode: { exempt: "reads what store staff need at the robot; the opening itself is on record, with its grant" },
  getTracking: { exempt: "reads" },
  updateDelivery: {
    action: "deliveries/notes_changed",
    by: "partner",
    async use() {
      const delivery = await waiting();
      await as(partner).updateDelivery({ params: delivery, body: { dropoff_notes: "ring at the second door" } });
      return delivery;
    },
  },
  cancelDelivery: {
    action: "deliveries/cancel_requested",
    by: "partner",
    async use() {
      const delivery = await waiting();
      await as(partner).cancelDelivery({ params: delivery, body: {} });
      return delivery;
    },
  },
  endDelivery: {
    action: "deliveries/given_up",
    by: "user",
    async use() {
      const delivery = await atStop("reachesDoor");
      await as(ops).endDelivery({ params: delivery, body: { reason: "lost", note: "gone" } });
      return delivery;
    },
  },
  openLid: {
    action: "deliveries/lid_opening_requested",
    by: "merchant",
    async use() {
      const delivery = await atStop("reachesStore");
      await as(merchant).openLid({ params: delivery, body: request() });
      return delivery;
    },
  },
  openForCustomer: {
    action: "deliveries/lid_opening_requested",
    by: "customer",
    async use() {
      const delivery = await atStop("reachesDoor");
      await asCustomer("/v1/tracking/open", delivery, request());
      return delivery;
    },
  },
  createTrackingLink: {
    action: "deliveries/link_created",
    by: "user",
    async use() {
      const delivery = await waiting();
      await as(ops).createTrackingLink({ params: delivery, body: { scope: "unlock" } });
      return delivery;
    },
  },
  shareTracking: {
    action: "deliveries/link_created",
    by: "customer",
    async use() {
      const delivery = await waiting();
      await asCustomer("/v1/tracking/share", delivery);
      return delivery;
    },
  },
  revokeTrackingLinks: {
    action: "deliveries/links_revoked",
    by: "user",
    async use() {
      const delivery = await waiting();
      await as(ops).revokeTrackingLinks({ params: delivery });
      return delivery;
    },
  },
};

const entriesOf = async (deliveryId: string) =>
  (await world.started.events(auditEntry)).filter(({ subject_id }) => subject_id === deliveryId);

describe("the audit log", () => {
  test.each(Object.entries(endpoints).flatMap(([name, one]) => ("action" in one ? [[name, one] as const] : [])))(
    "has one entry of %s, with who did it",
    async (_name, { action, by, use }) => {
      const { delivery_id } = await use();

      expect(await entriesOf(delivery_id)).toMatchObject([
        {
          actor: { kind: by },
          organization_id: ids.organization,
          body: { action, subject_kind: "delivery", subject_id: delivery_id },
        },
      ]);
    },
  );

  test("has no token, code or note of anybody", async () => {
    await as(partner).updateDelivery({ params: await waiting(), body: { dropoff_notes: "the code is 4711" } });

    expect(JSON.stringify(await world.started.events(auditEntry))).not.toMatch(/trk_|4711/);
  });

  test("is silent only about what reads, and about what says why", () => {
    const reading = Object.entries(deliveryRoutes).flatMap(([name, { method }]) => (method === "get" ? [name] : []));
    const silent = Object.entries(endpoints).flatMap(([name, one]) => ("exempt" in one ? [[name, one.exempt]] : []));

    const said = silent.flatMap(([name, why]) => (why?.startsWith("reads") ? [name] : []));
    expect(new Set(said)).toEqual(new Set(reading));
    expect(silent).toHaveLength(reading.length + 2);
  });

  test("names the partner for whom a service of ours cancels, and lets nobody else name one", async () => {
    const delivery = await waiting();
    const body = { on_behalf_of: { organization_id: ids.organization, partner_id: ids.partner, live: true } };

    await expect(as(ops).cancelDelivery({ params: delivery, body })).rejects.toMatchObject({ code: "forbidden" });
    await as(service).cancelDelivery({ params: delivery, body });

    expect(await entriesOf(delivery.delivery_id)).toMatchObject([{ actor: { kind: "partner", id: ids.partner } }]);
  });

  test("knows nothing of what was refused, and nothing twice of what was asked twice", async () => {
    const delivery = await waiting();
    await as(partner).cancelDelivery({ params: delivery, body: {} });
    await as(partner).cancelDelivery({ params: delivery, body: {} });

    await expect(as(ops).createTrackingLink({ params: delivery, body: { scope: "view" } })).rejects.toMatchObject({
      code: "delivery_ended",
    });

    expect((await entriesOf(delivery.delivery_id)).map(({ body }) => body.action)).toEqual([
      "deliveries/cancel_requested",
    ]);
  });
});
