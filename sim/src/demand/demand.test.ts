import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import { drawOrder, gapMs } from "./demand.ts";

test("orders come as often as they were asked for, on average", () => {
  const rng = new SeededRng(3);
  const gaps = Array.from({ length: 20_000 }, () => gapMs(rng, 60));

  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;

  expect(mean).toBeGreaterThan(58_000);
  expect(mean).toBeLessThan(62_000);
});

test("nobody orders where no orders were asked for", () => {
  expect(gapMs(new SeededRng(3), 0)).toBe(Number.POSITIVE_INFINITY);
});

test("the same seed orders the same things at the same times, another seed others", () => {
  const evening = (seed: number) => {
    const rng = new SeededRng(seed);
    return Array.from({ length: 50 }, () => [gapMs(rng, 90), drawOrder(rng)]);
  };

  expect(evening(7)).toEqual(evening(7));
  expect(evening(7)).not.toEqual(evening(8));
});

test("an order names each dish once", () => {
  const rng = new SeededRng(5);

  for (let i = 0; i < 200; i += 1) {
    const names = drawOrder(rng).items.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});
