import { expect, test } from "vitest";
import { exactly, type Figure, figure, type Goal } from "./measure.ts";
import { table, withFigures } from "./table.ts";

const bench = { row: 7, title: "Parcels", says: "Work: parcels. Baseline: letters. Unit: ms." };
const made = (ours: Figure["ours"], goal: Goal | null): Figure =>
  figure({ name: "carried", unit: "ms", baselineName: "letters" }, { ours, baseline: exactly(2) }, goal);
const lineOf = (ours: Figure["ours"], goal: Goal | null): string | undefined =>
  table([{ bench, figures: [made(ours, goal)] }]).split("\n")[2];

test("a figure is a line with its unit, its spread, its baseline, their ratio and the goal that it meets", () => {
  expect(lineOf({ min: 1, median: 1.234, max: 3 }, { limit: 0.7, is: "at_most" })).toBe(
    "| 7 | Parcels: carried, ms | 1 · 1.23 · 3 | letters | 2 | 0.617 × | ≤ 0.7 × | met |",
  );
});

test("a figure that falls short stays, and says so", () => {
  expect(lineOf(exactly(3), { limit: 1.6, is: "at_least" })).toMatch(/ 1\.50 × \| ≥ 1\.6 × \| \*\*short\*\* \|$/);
});

test("a row that could not be measured stays, with the first line of the reason", () => {
  const lines = table([{ bench, figures: [], problem: "a | b\n  at somewhere" }]).split("\n");

  expect(lines.slice(2)).toEqual([String.raw`| 7 | Parcels could not be measured: a \| b | | | | | | **short** |`]);
});

test("a figure without a goal is only shown", () => {
  expect(lineOf(exactly(3), null)).toMatch(/ 1\.50 × \| – \| {2}\|$/);
});

test("what always comes out the same is printed once", () => {
  expect(lineOf(exactly(5), null)).toContain("| 5 | letters |");
});

test.each([
  [0.0027512, "0.00275"],
  [12.345, "12.3"],
  [417.6, "418"],
  [212_345.6, "212,346"],
])("%d is printed as %s", (value, printed) => {
  expect(lineOf(exactly(value), null)).toContain(`| ${printed} | letters |`);
});

test("rows keep the order in which they were measured", () => {
  const outcomes = [7, 3].map((row) => ({ bench: { ...bench, row }, figures: [made(exactly(row), null)] }));

  const lines = table(outcomes).split("\n").slice(2);

  expect(lines.map((line) => line.slice(0, 5))).toEqual(["| 7 |", "| 3 |"]);
});

test("the figures go between their marks and the words around them stay", () => {
  const page =
    "Before.\n<!-- figures: written by `npm run bench -- --write` -->\n\nold\n\n<!-- end of figures -->\nAfter.\n";

  const written = withFigures(page, "new");

  expect(written).toBe(page.replace("old", "new"));
  expect(withFigures(written, "new")).toBe(written);
});

test("a page without a place for the figures is not written", () => {
  expect(() => withFigures("A page.", "new")).toThrow("no place for the figures");
});
