import { distanceM } from "@kerbside/proto/geo/geo";
import { describe, expect, test } from "vitest";
import { backward, type Leg, onward, wayToHub, wayToStore } from "./way.ts";

const at = (north: number, east = 0) => ({ lat: 51.1 + north / 1000, lng: 71.4 + east / 1000 });
const hub = at(0);
const store = at(2);
const door = at(6);
const legs: readonly Leg[] = [
  { to: "pickup", line: [hub, at(1), store] },
  { to: "dropoff", line: [store, at(3), at(4), at(5), door] },
  { to: "hub", line: [door, at(6, 9), at(0, 9), hub] },
];

describe("a way along the plan", () => {
  test("goes on from the nearest point of the leg", () => {
    expect(onward(legs, { leg: "dropoff", place: at(4, 0.1) }, "dropoff")).toEqual([at(4, 0.1), at(4), at(5), door]);
  });

  test("joins the legs that lie between", () => {
    expect(onward(legs, { leg: "pickup", place: store }, "dropoff")?.at(-1)).toEqual(door);
  });

  test("does not lead to what lies behind", () => {
    expect(onward(legs, { leg: "dropoff", place: door }, "pickup")).toBeNull();
    expect(onward(legs, { leg: "return", place: door }, "hub")).toBeNull();
  });

  test("leads back as it came", () => {
    expect(backward(legs, { leg: "dropoff", place: door }, "pickup")).toEqual([door, at(5), at(4), at(3), store]);
    expect(backward(legs, { leg: "pickup", place: at(1) }, null)).toEqual([at(1), hub]);
    expect(backward(legs, { leg: "pickup", place: at(1) }, "pickup")).toBeNull();
  });
});

describe("the way home", () => {
  test("turns round when the hub is nearer behind", () => {
    expect(wayToHub(legs, { leg: "pickup", place: store }, hub)).toEqual([store, at(1), hub]);
  });

  test("goes on when the robot did not come from the hub", () => {
    const [, ...others] = legs;
    const fromElsewhere: readonly Leg[] = [{ to: "pickup", line: [at(2, 5), store] }, ...others];

    const way = wayToHub(fromElsewhere, { leg: "pickup", place: at(2, 5) }, hub);

    expect(way).toContainEqual(door);
    expect(way.at(-1)).toEqual(hub);
  });

  test("is straight where nothing is known", () => {
    expect(wayToHub([], { leg: "pickup", place: door }, hub)).toEqual([door, hub]);
    expect(wayToStore([], { leg: "dropoff", place: door }, store)).toEqual([door, store]);
  });

  test("never jumps", () => {
    const way = wayToHub(legs, { leg: "dropoff", place: at(4) }, hub);

    for (const [index, point] of way.slice(1).entries())
      expect(distanceM(way[index] ?? hub, point)).toBeLessThan(1_000);
  });
});
