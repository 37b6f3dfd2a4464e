import { Fault } from "@kerbside/proto/base/fault";
import { describe, expect, test } from "vitest";
import { explainPlace } from "./address.ts";
import { fromFault, UberError } from "./errors.ts";

describe("a refusal of ours in Uber's words", () => {
  test.each([
    ["quote_expired", 400, "expired_quote"],
    ["quote_used", 400, "used_quote"],
    ["quote_not_found", 400, "invalid_params"],
    ["mismatched_price_quote", 400, "mismatched_price_quote"],
    ["address_undeliverable", 400, "address_undeliverable"],
    ["no_route", 400, "address_undeliverable"],
    ["delivery_not_cancellable", 400, "noncancelable_delivery"],
    ["delivery_not_found", 404, "delivery_not_found"],
    ["duplicate_delivery", 409, "duplicate_delivery"],
    ["rate_limited", 429, "customer_limited"],
    ["unauthenticated", 401, "unauthorized"],
    ["unavailable", 503, "service_unavailable"],
    ["internal", 500, "internal_server_error"],
    ["robot_not_found", 400, "invalid_params"],
  ] as const)("%s is %i %s", (code, status, uberCode) => {
    const error = fromFault(new Fault(code));

    expect(error).toMatchObject({ status, code: uberCode });
    expect(error.toJSON()).toMatchObject({ kind: "error", code: uberCode, message: expect.any(String) });
  });

  test.each([
    ["that knows when to come back", new Fault("rate_limited", { retry_after_s: 6.2 }), 7],
    ["that only says to slow down", new Fault("rate_limited"), 1],
    ["of a part that is away", new Fault("unavailable", { retry_after_s: 5 }), 5],
    ["for good", new Fault("quote_used"), undefined],
  ])("%s says so in seconds", (_title, fault, seconds) => {
    expect(fromFault(fault).retryAfterS).toBe(seconds);
  });

  test("names the parameters that were wrong", () => {
    const fault = new Fault("invalid_request", {}, [
      { pointer: "/dropoff/phone", message: "a" },
      { pointer: "/pickup/address/text", message: "b" },
      { pointer: "/items/0/name", message: "c" },
      { pointer: "/other", message: "d" },
    ]);

    expect(fromFault(fault).metadata).toEqual({
      dropoff_phone_number: "a",
      pickup_address: "b",
      manifest_items: "c",
      other: "d",
    });
  });
});

describe("an address where no robot goes", () => {
  const fault = (details: object) => new Fault("address_undeliverable", { ...details });

  test.each([
    ["in words that nobody understands", fault({ which: "dropoff" }), {}, "unknown_location"],
    [
      "in words that maps could not place",
      fault({ which: "dropoff", why: "not_understood", detail: "“Baker Street” was not understood" }),
      {},
      "unknown_location",
    ],
    ["on the map", fault({ which: "dropoff" }), { dropoff_latitude: 51 }, "address_undeliverable"],
    ["that is known to be too far", fault({ which: "dropoff", detail: "too far" }), {}, "address_undeliverable"],
  ])("%s", (_title, cause, asked, code) => {
    const error = explainPlace(cause, asked);

    expect(error).toBeInstanceOf(UberError);
    expect(error).toMatchObject({ code, metadata: { dropoff_address: expect.any(String) } });
  });

  test("is left as it is where nobody says which", () => {
    const cause = fault({});

    expect(explainPlace(cause, {})).toBe(cause);
  });
});
