import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import { Crowd, type Part } from "./crowd.ts";

const doors = [
  { lat: 51.19, lng: 71.36 },
  { lat: 51.2, lng: 71.38 },
];
const parts: readonly Part[] = ["load", "unload", "return"];
const comings = (seed: number, order: readonly (typeof doors)[number][]) => {
  const crowd = new Crowd(new SeededRng(seed));
  return new Map(order.map((door) => [door, parts.map((part) => [crowd.next(part, door), crowd.next(part, door)])]));
};

test("the same seed sends the same people to a door, whoever came to another door before", () => {
  expect(comings(7, doors)).toEqual(comings(7, doors.toReversed()));
});

test("another seed sends others, and not everybody at a door is the same", () => {
  const [[first, second] = []] = comings(7, doors).get(doors[0] ?? { lat: 0, lng: 0 }) ?? [];

  expect(comings(8, doors)).not.toEqual(comings(7, doors));
  expect(first).not.toEqual(second);
});

test("a store puts goods in, and takes them out when they come back", () => {
  const crowd = new Crowd(new SeededRng(1));

  expect(parts.map((part) => crowd.next(part, doors[0] ?? { lat: 0, lng: 0 }).does)).toEqual(["put", "take", "take"]);
});
