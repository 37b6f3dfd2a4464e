import * as fc from "fast-check";
import { expect, test } from "vitest";
import { emptyView, paneOf, parseView, printView, type View } from "./view.ts";

const views: fc.Arbitrary<View> = fc.record({
  tab: fc.constantFrom("robots", "deliveries"),
  search: fc.string(),
  group: fc.option(fc.string({ minLength: 1 })),
  selected: fc.option(
    fc.record({ kind: fc.constantFrom("robot", "delivery", "store", "hub"), id: fc.string({ minLength: 1 }) }),
  ),
  pane: fc.option(fc.constantFrom("list", "map")),
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
  expect(parseView("?tab=weather&robot=&show=stars")).toEqual(emptyView);
});

test("a small screen shows what is selected, unless its reader asked for list or map", () => {
  const selected = { kind: "robot", id: "r1" } as const;

  expect(paneOf(emptyView)).toBe("list");
  expect(paneOf({ ...emptyView, selected })).toBe("detail");
  expect(paneOf({ ...emptyView, selected, pane: "map" })).toBe("map");
});
