import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NameOrder } from "./name-order.ts";

test("names come in the order in which people count", () => {
  const named = ["Robot 10", "Cart 1", "Robot 9"].map((name) => ({ id: name, name }));

  expect(new NameOrder().sort(named).map(({ name }) => name)).toEqual(["Cart 1", "Robot 9", "Robot 10"]);
});

test("an order that was used before gives what a fresh one does, whoever came, went or was renamed", () => {
  const robots = fc.uniqueArray(fc.record({ id: fc.nat(20).map(String), name: fc.constantFrom("A", "B 2", "B 10") }), {
    selector: ({ id }) => id,
  });
  fc.assert(
    fc.property(fc.array(robots), (rounds) => {
      const used = new NameOrder();

      for (const round of rounds) expect(used.sort(round)).toEqual(new NameOrder().sort(round));
    }),
  );
});

test("what changed beside the name is what comes back", () => {
  const order = new NameOrder();
  order.sort([{ id: "1", name: "A", battery: 10 }]);

  expect(order.sort([{ id: "1", name: "A", battery: 9 }])).toEqual([{ id: "1", name: "A", battery: 9 }]);
});
