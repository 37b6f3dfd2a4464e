import { deliveryStates, type DeliveryState } from "@kerbside/proto/states/delivery";
import { uberReturnView, uberView } from "@kerbside/proto/states/delivery.projections";
import { DeliveryStatusMessage } from "@kerbside/proto/webhooks/partner";
import { describe, expect, test } from "vitest";
import { statusMessage } from "../webhooks/payloads.ts";
import { newsOf, toldAtBirth } from "./news.ts";
import { merge, type Sheet } from "./sheet.ts";
import { deliveryView, returnView } from "./views.ts";

const id = "01890000-0000-7000-8000-000000000001";
const time = "2026-01-05T09:00:00.000Z";
const sheet: Sheet = {
  deliveryId: id,
  organizationId: id,
  live: true,
  partnerId: id,
  externalId: "order-7",
  state: "created",
  stateSince: time,
  version: 1,
  reason: null,
  pickup: { text: "Store", place: { lat: 51, lng: 71 } },
  dropoff: { text: "Door", unit: "5", place: { lat: 51.01, lng: 71 } },
  pickupReadyAt: time,
  dropoffDeadlineAt: time,
  robotId: id,
  robotName: "K1",
  attemptId: id,
  etaPickupAt: time,
  etaDropoffAt: time,
  detail: null,
  milestones: {},
  createdAt: time,
};
const beside = { order: null, place: { lat: 51, lng: 71 } };
const birth = { eventId: id, now: time };

describe.each(deliveryStates)("a delivery that is %s", (state) => {
  test("is shown with Uber's status, and its way back where there is one", () => {
    const shown = deliveryView({ ...sheet, state }, beside);
    const back = returnView({ ...sheet, state }, beside);

    expect(shown).toMatchObject({ status: uberView[state].status, courier_imminent: uberView[state].courierImminent });
    expect(back?.status ?? null).toBe(uberReturnView[state]?.status ?? null);
    expect(shown.related_deliveries).toHaveLength(back ? 1 : 0);
  });

  test("makes a message that keeps its contract", () => {
    const message = statusMessage("delivery", { ...sheet, state }, beside, birth);

    expect(DeliveryStatusMessage.safeParse(message).error).toBeUndefined();
    expect(message?.data).toMatchObject({ id: message?.delivery_id, status: message?.status });
  });
});

describe("what is shown", () => {
  test.each([
    ["enroute_to_pickup", undefined, undefined],
    ["picked_up", "completed", undefined],
    ["delivered", "completed", "completed"],
    ["cancelled", "failed", "failed"],
    ["enroute_to_return", "completed", "failed"],
    ["returned", "completed", "failed"],
  ] as const)("of the two ends of a delivery that is %s", (state, pickup, dropoff) => {
    const shown = deliveryView({ ...sheet, state }, beside);

    expect([shown.pickup, shown.dropoff]).toMatchObject([
      pickup ? { status: pickup } : {},
      dropoff ? { status: dropoff } : {},
    ]);
  });

  test("of a courier that is not known yet is nothing", () => {
    expect(deliveryView({ ...sheet, robotName: null }, beside).courier).toBeNull();
    expect(deliveryView(sheet, { ...beside, place: null }).courier).toMatchObject({ name: "K1", location: null });
  });

  test("of an address has its door", () => {
    expect(deliveryView(sheet, beside).dropoff).toMatchObject({
      address: "Door, 5",
      location: { lat: 51.01, lng: 71 },
    });
  });
});

describe("there is something to tell", () => {
  const walk = (...states: readonly DeliveryState[]): string[] => {
    let told = toldAtBirth;
    return states.map((state) => {
      const news = newsOf(told, { state });
      told = news.told;
      return news.of.join("+");
    });
  };

  test("when the status changes or the courier comes near", () => {
    expect(
      walk("created", "confirmed", "enroute_to_pickup", "arrived_at_pickup", "picked_up", "enroute_to_dropoff"),
    ).toEqual(["", "delivery", "", "delivery", "delivery", "delivery"]);
    expect(walk("arrived_at_dropoff", "delivered", "delivered")).toEqual(["delivery", "delivery", ""]);
  });

  test("when an order is new, whatever it has come to meanwhile", () => {
    expect(newsOf(toldAtBirth, { state: "created" }, true).of).toEqual(["delivery"]);
    expect(newsOf(toldAtBirth, { state: "confirmed" }, true).of).toEqual(["delivery"]);
  });

  test("of the way back beside it", () => {
    expect(walk("arrived_at_dropoff", "enroute_to_return", "arrived_at_return", "returned")).toEqual([
      "delivery",
      "delivery+return",
      "return",
      "delivery+return",
    ]);
  });

  test("when a robot is taken off again", () => {
    expect(walk("confirmed", "created", "confirmed")).toEqual(["delivery", "delivery", "delivery"]);
  });
});

describe("two sheets of one delivery", () => {
  const younger: Sheet = { ...sheet, version: 2, state: "confirmed", stateSince: "2026-01-05T09:01:00.000Z" };
  const detail = {
    items: [],
    undeliverable_action: "return",
    price: { amount_minor: 1, currency: "KZT" },
    quote_id: null,
    tracking_url: "https://t",
    pickup: { name: "S", phone: null, notes: null },
    dropoff: { name: "D", phone: null, notes: null },
  } as const;

  test("make the younger one, whichever came first, with all that either knows", () => {
    const late = merge(younger, { ...sheet, detail: { ...detail, items: [] } });

    expect(late).toMatchObject({ state: "confirmed", version: 2, detail: { tracking_url: "https://t" } });
    expect(merge(sheet, younger)).toMatchObject({ state: "confirmed", detail: null });
  });

  test("keep when a state was reached first", () => {
    const again = { ...younger, version: 4, stateSince: "2026-01-05T09:09:00.000Z" };

    expect(merge(merge(sheet, younger), again).milestones.confirmed).toBe(younger.stateSince);
  });
});
