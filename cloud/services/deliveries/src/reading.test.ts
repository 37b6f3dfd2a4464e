import type { Principal } from "@kerbside/proto/base/roles";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  person,
  foreigner,
  ids,
  merchant,
  ops,
  otherMerchant,
  otherPartner,
  partner,
  service,
} from "./people.fixture.ts";
import { makeWorld, order, type World } from "./world.fixture.ts";

let world: World;
/** Oldest first; the last is another partner's, for another store. */
const deliveries: Delivery[] = [];

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
  for (let n = 0; n < 5; n += 1) {
    // The first three share a millisecond, so that pages have to end within one.
    if (n >= 2) await world.clock.advance(1_000);
    deliveries.push(await world.order({ external_id: `order-${n}` }));
  }
  await world.clock.advance(1_000);
  const body = { ...order, store_id: ids.otherStore };
  deliveries.push(await world.started.client(otherPartner).createDelivery({ body }));
  await world.plan(deliveries[1]?.delivery_id ?? "");
  const [first] = deliveries;
  await world.started.client(partner).cancelDelivery({ params: { delivery_id: first?.delivery_id ?? "" }, body: {} });
});

afterAll(() => world[Symbol.asyncDispose]());

async function listed(principal: Principal, query: object = {}): Promise<readonly number[]> {
  const { items } = await world.started.client(principal).listDeliveries({ query });
  return items.map(({ delivery_id }) => deliveries.findIndex((one) => one.delivery_id === delivery_id));
}

describe("the list of deliveries", () => {
  test.each<[string, Principal, readonly number[]]>([
    ["ops see their organization's", ops, [5, 4, 3, 2, 1, 0]],
    ["our services see all", service, [5, 4, 3, 2, 1, 0]],
    ["a partner sees its own", otherPartner, [5]],
    ["a merchant's people see their stores'", otherMerchant, [5]],
    ["another organization sees none of it", foreigner, []],
    ["people of no store see none", person("merchant", []), []],
  ])("%s", async (_title, principal, expected) => {
    expect([...(await listed(principal))].sort((a, b) => b - a)).toEqual(expected);
  });

  test.each<[string, object, readonly number[]]>([
    ["those that have ended", { status: "ended" }, [0]],
    ["those that are open", { status: "open", partner_id: ids.otherPartner }, [5]],
    ["those in one state", { state: "confirmed" }, [1]],
    ["those of one robot", { robot_id: ids.robot }, [1]],
    ["those of one store", { store_id: ids.otherStore }, [5]],
    ["one by its external id", { external_id: "order-3" }, [3]],
    ["none for an external id of nobody", { external_id: "x' or 'a' = 'a" }, []],
  ])("tells %s", async (_title, query, expected) => {
    expect(await listed(ops, query)).toEqual(expected);
  });

  test("tells those of a span of time", async () => {
    const [created_after, created_before] = [deliveries[2]?.created_at, deliveries[4]?.created_at];

    expect(await listed(ops, { created_after, created_before })).toEqual([3]);
  });

  test("pages without gap or repetition while new ones come in", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = {
        limit: 2,
        partner_id: ids.partner,
        created_before: "2026-01-05T09:00:04.000Z",
        ...(cursor ? { cursor } : {}),
      };
      const page = await world.started.client(ops).listDeliveries({ query });
      seen.push(...page.items.map(({ delivery_id }) => delivery_id));
      cursor = page.next_cursor ?? undefined;
      await world.order({ external_id: `late-${seen.length}` });
    } while (cursor);

    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(new Set(deliveries.slice(0, 5).map(({ delivery_id }) => delivery_id)));
  });

  test.each([
    ["limit=1000000000", "/query/limit"],
    ["limit=0", "/query/limit"],
    ["cursor=nonsense", "/query/cursor"],
    ["state=lost", "/query/state"],
    ["store_id=1", "/query/store_id"],
    ["sort=price", "/query/sort"],
  ])("refuses %s by the field's name", async (query, pointer) => {
    const answer = await world.started.request(`/v1/deliveries?${query}`, {}, ops);

    expect([answer.status, await answer.json()]).toMatchObject([400, { errors: [{ pointer }] }]);
  });
});

describe("one delivery", () => {
  test.each<[string, Principal]>([
    ["another partner", otherPartner],
    ["another organization", foreigner],
    ["another store's people", otherMerchant],
  ])("is not there for %s, by any road", async (_title, principal) => {
    const client = world.started.client(principal);
    const params = { delivery_id: deliveries[1]?.delivery_id ?? "" };
    const calls = [
      client.getDelivery({ params }),
      client.getDeliveryHistory({ params }),
      client.updateDelivery({ params, body: { dropoff_notes: "x" } }),
      client.cancelDelivery({ params, body: {} }),
      client.getLoadCode({ params }),
      client.createTrackingLink({ params, body: { scope: "unlock" } }),
      client.revokeTrackingLinks({ params }),
    ];

    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "delivery_not_found" } });
    }
  });

  test("is there for its partner, its store's people and ops, all alike", async () => {
    const params = { delivery_id: deliveries[1]?.delivery_id ?? "" };

    const views = await Promise.all(
      [partner, merchant, ops].map((principal) => world.started.client(principal).getDelivery({ params })),
    );

    expect(views[1]).toEqual(views[0]);
    expect(views[2]).toEqual(views[0]);
  });

  test("tells its steps and its attempts", async () => {
    const params = { delivery_id: deliveries[1]?.delivery_id ?? "" };

    const history = await world.started.client(partner).getDeliveryHistory({ params });

    expect(history).toMatchObject({
      steps: [
        { from: null, to: "created", actor: { kind: "partner", id: ids.partner }, inferred: false },
        { from: "created", to: "confirmed", actor: { kind: "service", id: "dispatch" } },
      ],
      attempts: [{ state: "accepted", robot_id: ids.robot, robot_name: "Kaz 1", fencing_token: 1, ended_at: null }],
      amendments: [],
    });
  });

  test("takes new notes until it has ended", async () => {
    const client = world.started.client(partner);
    const [open, ended] = [deliveries[1]?.delivery_id ?? "", deliveries[0]?.delivery_id ?? ""];

    const changed = await client.updateDelivery({
      params: { delivery_id: open },
      body: { dropoff_notes: "2nd floor" },
    });
    const refused = () => client.updateDelivery({ params: { delivery_id: ended }, body: { dropoff_notes: "x" } });

    expect([changed.dropoff.notes, changed.pickup.notes]).toEqual(["2nd floor", null]);
    expect((await client.getDelivery({ params: { delivery_id: open } })).dropoff.notes).toBe("2nd floor");
    await expect(refused()).rejects.toMatchObject({ code: "delivery_ended" });
  });
});
