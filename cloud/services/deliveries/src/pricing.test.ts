import * as fc from "fast-check";
import { expect, test } from "vitest";
import { priceOf } from "./pricing.ts";

const fare = { currency: "KZT", base_minor: 50_000, per_km_minor: 20_000 };

test.each([
  [0, 50_000],
  [1, 50_020],
  [1_000, 70_000],
  [1_250, 75_000],
  [1_250.001, 75_001],
])("a way of %s m costs %s", (distance, expected) => {
  expect(priceOf(fare, distance)).toEqual({ amount_minor: expected, currency: "KZT" });
});

test("a longer way never costs less, and every price is whole", () => {
  const amounts = fc.nat(1_000_000_000);
  const distances = fc.double({ min: 0, max: 50_000, noNaN: true });
  fc.assert(
    fc.property(amounts, amounts, distances, distances, (base_minor, per_km_minor, a, b) => {
      const price = (distance: number) => priceOf({ currency: "KZT", base_minor, per_km_minor }, distance).amount_minor;

      expect(Number.isSafeInteger(price(a))).toBe(true);
      expect(price(Math.max(a, b))).toBeGreaterThanOrEqual(price(Math.min(a, b)));
    }),
  );
});
