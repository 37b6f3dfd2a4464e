import { expect, test } from "vitest";
import { legsAhead } from "./legs-ahead.ts";

const [store, door, hub] = [[{ lat: 1, lng: 1 }], [{ lat: 2, lng: 2 }], [{ lat: 3, lng: 3 }]];
const stops = [
  { kind: "pickup", route: store },
  { kind: "dropoff", route: door },
  { kind: "hub", route: hub },
];

test.each([
  ["has not set out", null, false, [false, true, true]],
  ["drives to the store", "pickup", false, [false, true, true]],
  ["stands at the store", "pickup", true, [true, true]],
  ["drives to the customer", "dropoff", false, [false, true]],
  ["drives home", "hub", false, [false]],
  ["is at home", "hub", true, []],
])("of a robot that %s only the way before it is shown", (_title, stop, isAtStop, later) => {
  const ahead = legsAhead(stops, { stop, isAtStop });

  expect(ahead.map(({ isLater }) => isLater)).toEqual(later);
  expect(ahead.at(-1)?.route ?? hub).toBe(hub);
});
