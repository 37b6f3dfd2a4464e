import * as fc from "fast-check";
import { expect, test } from "vitest";
import { emptyView, parseView, printView, type View } from "./view.ts";

const views: fc.Arbitrary<View> = fc.record({
  tab: fc.constantFrom("robots", "deliveries"),
  search: fc.string(),
  group: fc.option(fc.string({ minLength: 1 })),
  selected: fc.option(
    fc.record({ kind: fc.constantFrom("robot", "delivery", "store", "hub"), id: fc.string({ minLength: 1 }) }),
  ),
});

test("a view survives its address", () => {
  fc.assert(
    fc.property(views, (view) => {
      expect(parseView(printView(view))).toEqual(view);
    }),
  );
});

test("the plain page has a plain address", () => {
  expect(printView(emptyView)).toBe("");
});

test("an address that says nothing we know shows the plain page", () => {
  expect(parseView("?tab=weather&robot=")).toEqual(emptyView);
});
