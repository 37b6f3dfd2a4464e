import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edgesBetween, eventsBetween } from "./edges.ts";
import { type LidReading, unreachable } from "./lid.ts";

const locked: LidReading = {
  atMs: 0,
  position: "closed",
  latch: "engaged",
  goods: "absent",
  faults: [],
  isSettled: true,
  lastUnlatch: null,
};
const reading = fc.record({
  position: fc.constantFrom("open" as const, "closed" as const),
  latch: fc.constantFrom("engaged" as const, "released" as const),
});
const names = (events: ReturnType<typeof eventsBetween>): string[] =>
  events.map((event) => (event.type === "edge" ? event.edge : event.type));

test("the same reading again is no event", () => {
  expect(eventsBetween(locked, { ...locked, atMs: 50 })).toEqual([]);
});

test("a fault without an edge is a change", () => {
  expect(names(eventsBetween(locked, { ...locked, faults: ["obstructed"] }))).toEqual(["changed"]);
});

test("an unknown position is a loss, once, and the way back a recovery", () => {
  const lost = unreachable(0);

  expect(names(eventsBetween(locked, lost))).toEqual(["lost"]);
  expect(names(eventsBetween(lost, { ...lost, atMs: 9 }))).toEqual([]);
  expect(names(eventsBetween(lost, { ...locked, position: "open" }))).toEqual(["recovered"]);
});

test("a whole opening between two readings is told in the order in which it must have happened", () => {
  expect(names(edgesBetween(locked, locked, { openings: 1, releases: 1 }))).toEqual([
    "latch_released",
    "lid_opened",
    "lid_closed",
    "latch_engaged",
  ]);
});

test("a counter that cannot be right is not believed", () => {
  expect(edgesBetween(locked, locked, { openings: 40_000, releases: 0 })).toEqual([]);
});

test("edges alternate, begin at the first reading and end at the second, for any counts", () => {
  fc.assert(
    fc.property(reading, reading, fc.nat(4), fc.nat(4), (from, to, openings, releases) => {
      const events = edgesBetween({ ...locked, ...from }, { ...locked, ...to }, { openings, releases });

      let { position, latch } = from;
      for (const event of events) {
        if (event.type !== "edge") throw new Error(`only edges are told between two sensed readings: ${event.type}`);
        const after = event.reading;
        expect((after.position !== position ? 1 : 0) + (after.latch !== latch ? 1 : 0)).toBe(1);
        position = after.position === "open" ? "open" : "closed";
        latch = after.latch === "engaged" ? "engaged" : "released";
      }
      expect({ position, latch }).toEqual(to);
    }),
  );
});
