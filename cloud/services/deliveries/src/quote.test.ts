import type { QuoteState } from "@kerbside/proto/states/quote";
import { expect, describe, test } from "vitest";
import { refuseQuote, stateAt } from "./quote.ts";
import type { Quote } from "./tables.ts";

const store = "0198c000-0000-7000-8000-000000000041";
const quote: Quote = {
  quote_id: "0198c000-0000-7000-8000-0000000000a1",
  organization_id: "0198c000-0000-7000-8000-000000000001",
  partner_id: null,
  live: true,
  store_id: store,
  state: "offered",
  asked_pickup: null,
  asked_dropoff: { text: "kabanbay batyr 12" },
  pickup_text: "Mangilik El 1",
  pickup_unit: null,
  pickup_lat: 51.128,
  pickup_lng: 71.43,
  dropoff_text: "Қабанбай батыр 12",
  dropoff_unit: null,
  dropoff_lat: 51.136,
  dropoff_lng: 71.44,
  price_minor: 75_000,
  currency: "KZT",
  distance_m: 1_250,
  pickup_ready_at: "2026-01-05T09:10:00.000Z",
  eta_pickup_at: "2026-01-05T09:15:00.000Z",
  eta_dropoff_p50_at: "2026-01-05T09:30:00.000Z",
  eta_dropoff_p90_at: "2026-01-05T09:42:00.000Z",
  policy_version: "map-1",
  created_at: "2026-01-05T09:00:00.000Z",
  expires_at: "2026-01-05T09:05:00.000Z",
  delivery_id: null,
};
const inTime = Date.parse("2026-01-05T09:04:59.999Z");
const order = { pickup: undefined, dropoff: { text: "Kabanbay Batyr, 12" }, storeId: store };

function refusal(row: Quote, changes: Partial<Parameters<typeof refuseQuote>[1]> = {}, nowMs = inTime): string | null {
  const result = refuseQuote(row, { ...order, ...changes }, nowMs);
  return result.ok ? null : result.error;
}

test("a quote is over to the millisecond, even if nobody wrote that down", () => {
  expect(stateAt(quote, inTime)).toBe("offered");
  expect(stateAt(quote, inTime + 1)).toBe("expired");
  expect(stateAt({ ...quote, state: "accepted" }, inTime + 1)).toBe("accepted");
});

describe("a quote holds", () => {
  test.each<[string, Partial<Parameters<typeof refuseQuote>[1]>]>([
    ["for the words it was asked with, however they are spelled", {}],
    ["for the words it was answered with", { dropoff: { text: "қабанбай батыр 12" } }],
    ["for coordinates at the same door", { dropoff: { place: { lat: 51.1361, lng: 71.4401 } } }],
    ["for another flat behind the same door", { dropoff: { text: "Kabanbay Batyr 12", unit: "45" } }],
    ["without naming the store again", { storeId: undefined }],
    ["with the pickup named as it was found", { pickup: { text: "mangilik el 1" } }],
  ])("%s", (_title, changes) => {
    expect(refusal(quote, changes)).toBeNull();
  });
});

test("a quote that named no store holds for an order that does", () => {
  expect(refusal({ ...quote, store_id: null })).toBeNull();
});

describe("a quote is refused", () => {
  test.each<[string, QuoteState, string]>([
    ["that was used", "accepted", "quote_used"],
    ["that was withdrawn", "withdrawn", "quote_expired"],
    ["that was replaced", "superseded", "quote_expired"],
    ["that was declined", "declined", "quote_not_found"],
  ])("%s", (_title, state, expected) => {
    expect(refusal({ ...quote, state })).toBe(expected);
  });

  test.each<[string, Partial<Parameters<typeof refuseQuote>[1]>]>([
    ["for another drop-off", { dropoff: { text: "Kabanbay Batyr 120" } }],
    [
      "for coordinates elsewhere, whatever the words say",
      { dropoff: { text: "Kabanbay Batyr 12", place: { lat: 51.14, lng: 71.44 } } },
    ],
    ["for another pickup", { pickup: { text: "Turan 1" } }],
    ["for another store", { storeId: "0198c000-0000-7000-8000-000000000042" }],
  ])("%s", (_title, changes) => {
    expect(refusal(quote, changes)).toBe("mismatched_price_quote");
  });

  test("when its time is over", () => {
    expect(refusal(quote, {}, inTime + 1)).toBe("quote_expired");
  });
});
