import { describe, expect, test } from "vitest";
import { toAddressInput } from "./address.ts";
import { UberError } from "./errors.ts";
import { DeliveryRequest, ListQuery, parse, QuoteRequest } from "./requests.ts";

const order = {
  pickup_name: "Store",
  pickup_address: "улица Кенесары, 40",
  pickup_phone_number: "+7 (717) 212-34-56",
  dropoff_name: "Aigerim",
  dropoff_address: "проспект Абая, 12",
  dropoff_phone_number: "+77011234567",
  manifest_items: [{ name: "Soup", quantity: 1, size: "small", price: 1_000 }],
};

function metadataOf(given: unknown): object {
  try {
    parse(DeliveryRequest, given);
    return {};
  } catch (error) {
    return error instanceof UberError && error.code === "invalid_params" ? error.metadata : { error };
  }
}

describe("an order", () => {
  test("is read with its phone numbers as numbers", () => {
    expect(parse(DeliveryRequest, order)).toMatchObject({ pickup_phone_number: "+77172123456" });
  });

  test("may carry what a robot makes no use of", () => {
    const given = { ...order, requires_id: true, dropoff_verification: { pincode: { enabled: true } }, tip: 100 };

    expect(parse(DeliveryRequest, given)).not.toHaveProperty("requires_id");
  });

  test.each([
    ["without anything", {}, { pickup_name: "This field is required.", manifest_items: "This field is required." }],
    ["that is no object", [], { body: expect.any(String) }],
    [
      "with a bad phone number",
      { ...order, dropoff_phone_number: "12" },
      { dropoff_phone_number: expect.stringMatching(/E\.164/) },
    ],
    ["with nothing in it", { ...order, manifest_items: [] }, { manifest_items: expect.any(String) }],
    [
      "with a negative quantity",
      { ...order, manifest_items: [{ name: "a", quantity: -1 }] },
      { "manifest_items.0.quantity": expect.any(String) },
    ],
    [
      "with an unknown size",
      { ...order, manifest_items: [{ name: "a", quantity: 1, size: "giant" }] },
      { "manifest_items.0.size": expect.any(String) },
    ],
    ["somewhere that is not on Earth", { ...order, dropoff_latitude: 91 }, { dropoff_latitude: expect.any(String) }],
    ["with a foreign quote", { ...order, quote_id: "dqt_x" }, { quote_id: expect.any(String) }],
    ["at no time", { ...order, pickup_ready_dt: "soon" }, { pickup_ready_dt: expect.any(String) }],
    ["with an empty address", { ...order, dropoff_address: " " }, { dropoff_address: expect.any(String) }],
    [
      "with an address in broken JSON",
      { ...order, dropoff_address: '{"city":' },
      { dropoff_address: expect.any(String) },
    ],
  ])("%s is refused by parameter", (_title, given, metadata) => {
    expect(metadataOf(given)).toMatchObject(metadata);
  });
});

describe("an address", () => {
  const structured = {
    street_address: ["улица Кенесары, 40", ""],
    city: "Astana",
    state: "",
    zip_code: "010000",
    country: "KZ",
  };

  test.each([
    ["as words", " улица Кенесары, 40 ", "улица Кенесары, 40"],
    ["as an object", structured, "улица Кенесары, 40, Astana, 010000, KZ"],
    ["as the JSON of one", JSON.stringify(structured), "улица Кенесары, 40, Astana, 010000, KZ"],
    ["with its street in one piece", { street_address: "Abay 5" }, "Abay 5"],
  ])("%s", (_title, pickup_address, text) => {
    const request = parse(QuoteRequest, { pickup_address, dropoff_address: "b" });

    expect(request.pickup_address).toBe(text);
  });

  test("has a place only where both coordinates are there", () => {
    expect(toAddressInput("a", 51, 71)).toEqual({ text: "a", place: { lat: 51, lng: 71 } });
    expect(toAddressInput("a", 51, undefined)).toEqual({ text: "a" });
  });
});

test.each([
  [{}, { limit: 20, offset: 0 }],
  [
    { limit: "5", offset: "10", filter: "ongoing" },
    { limit: 5, offset: 10, filter: "ongoing" },
  ],
])("a list is asked for with %j", (given, expected) => {
  expect(parse(ListQuery, given)).toEqual(expected);
});

test.each([{ limit: "1000000000" }, { limit: "-1" }, { offset: "NaN" }, { filter: "lost" }])(
  "a list cannot be asked for with %j",
  (given) => {
    expect(() => parse(ListQuery, given)).toThrow(UberError);
  },
);
