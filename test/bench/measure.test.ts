import { expect, test } from "vitest";
import { alternate, exactly, figure, plus, quantile, quantileSpread, spread, takeTurns } from "./measure.ts";

test("a spread holds the least, the middle and the greatest, in whatever order they came", () => {
  expect(spread([5, 1, 3])).toEqual({ min: 1, median: 3, max: 5 });
});

test("the median of an even count is the upper of the two in the middle", () => {
  expect(spread([4, 1, 3, 2]).median).toBe(3);
});

test("values are ordered as numbers", () => {
  expect(spread([100, 9, 20])).toEqual({ min: 9, median: 20, max: 100 });
});

test("nothing measured gives no number", () => {
  expect(spread([])).toEqual({ min: Number.NaN, median: Number.NaN, max: Number.NaN });
});

test("a quantile is the value that this share does not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  expect([quantile(hundred, 0), quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([
    1, 51, 100, 100,
  ]);
});

test("the quantiles of several rounds are a spread over the rounds", () => {
  expect(quantileSpread([[1, 2, 9], [4, 5, 6], [3]], 0.5)).toEqual({ min: 2, median: 3, max: 5 });
});

test("two spreads one after the other take both their times", () => {
  expect(plus({ min: 1, median: 2, max: 3 }, { min: 10, median: 20, max: 30 })).toEqual({
    min: 11,
    median: 22,
    max: 33,
  });
});

test("whoever is compared takes turns, and the first round only warms up", async () => {
  const calls: string[] = [];
  const turn = (name: string) => () => calls.push(name);

  const given = await takeTurns(2, [turn("ours"), turn("baseline")]);

  expect(calls).toEqual(["ours", "baseline", "ours", "baseline", "ours", "baseline"]);
  expect(given).toEqual([
    [3, 5],
    [4, 6],
  ]);
});

test("a duel answers a spread for each, without the round that warmed up", async () => {
  const values = { ours: [99, 1, 2, 3], baseline: [99, 10, 30, 20] };

  const duel = await alternate({
    rounds: 3,
    ours: () => values.ours.shift() ?? 0,
    baseline: async () => values.baseline.shift() ?? 0,
  });

  expect(duel).toEqual({ ours: { min: 1, median: 2, max: 3 }, baseline: { min: 10, median: 20, max: 30 } });
});

test("the ratio is that of the medians, whatever the extremes are", () => {
  const said = { name: "stored", unit: "rows", baselineName: "bare" };

  const made = figure(said, { ours: { min: 1, median: 6, max: 900 }, baseline: exactly(4) }, null);

  expect(made).toMatchObject({ ratio: 1.5, goal: null, isMet: null });
});

test.each([
  { is: "at_most" as const, limit: 1.5, goal: "≤ 1.5 ×", isMet: true },
  { is: "at_most" as const, limit: 1.4, goal: "≤ 1.4 ×", isMet: false },
  { is: "at_least" as const, limit: 1.5, goal: "≥ 1.5 ×", isMet: true },
  { is: "at_least" as const, limit: 1.6, goal: "≥ 1.6 ×", isMet: false },
])("a ratio of 1.5 is held to $goal", ({ is, limit, goal, isMet }) => {
  const said = { name: "stored", unit: "rows", baselineName: "bare" };

  const made = figure(said, { ours: exactly(6), baseline: exactly(4) }, { is, limit });

  expect(made).toMatchObject({ goal, isMet });
});

test("what could not be measured meets no goal", () => {
  const said = { name: "stored", unit: "rows", baselineName: "bare" };

  const made = figure(said, { ours: spread([]), baseline: exactly(4) }, { is: "at_most", limit: 1 });

  expect(made.isMet).toBe(false);
});
