import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { unit } from "@kerbside/proto/base/rng";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Assignment, type AssignmentProblem, assign, costOf } from "./assignment.ts";

/** Every way there is, tried one after the other. */
function cheapestOfAll({ rows, columns, cost, leaveOut }: AssignmentProblem): number {
  const best = (row: number, taken: number): number => {
    if (row === rows) return 0;
    let least = (leaveOut[row] ?? 0) + best(row + 1, taken);
    for (let column = 0; column < columns; column += 1) {
      if ((taken & (1 << column)) !== 0) continue;
      least = Math.min(least, (cost[row * columns + column] ?? 0) + best(row + 1, taken | (1 << column)));
    }
    return least;
  };
  return best(0, 0);
}

/** What is wrong with an answer's proof; nothing is an optimal answer. Costs are whole, so sums are exact. */
function flaws(problem: AssignmentProblem, { columnOf, rowDual, columnDual, cost }: Assignment): readonly string[] {
  const found: string[] = [];
  const { rows, columns, leaveOut } = problem;
  for (let row = 0; row < rows; row += 1) {
    if ((rowDual[row] ?? 0) > (leaveOut[row] ?? 0)) found.push(`row ${row} is dearer than leaving it out`);
    for (let column = 0; column < columns; column += 1) {
      const dual = (rowDual[row] ?? 0) + (columnDual[column] ?? 0);
      if (dual > (problem.cost[row * columns + column] ?? 0)) found.push(`cell ${row}, ${column} is below its duals`);
    }
  }
  if (columnDual.some((dual) => dual > 0)) found.push("a column dual is above zero");
  const given = columnOf.filter((column) => column !== -1);
  if (new Set(given).size !== given.length) found.push("a column was given twice");
  const duals = [...rowDual, ...columnDual].reduce((sum, dual) => sum + dual, 0);
  if (duals !== cost) found.push(`duals add up to ${duals}, the cost is ${cost}`);
  if (cost !== costOf(problem, columnOf)) found.push("the cost is not that of the answer");
  return found;
}

const anyProblem = (sizeMax: number): fc.Arbitrary<AssignmentProblem> =>
  fc
    .record({ rows: fc.integer({ min: 0, max: sizeMax }), columns: fc.integer({ min: 0, max: sizeMax }) })
    .chain(({ rows, columns }) =>
      fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        cost: fc
          .array(
            fc.oneof(
              { weight: 5, arbitrary: fc.integer({ min: 0, max: 30 }) },
              { weight: 1, arbitrary: fc.constant(Infinity) },
            ),
            { minLength: rows * columns, maxLength: rows * columns },
          )
          .map((cells) => Float64Array.from(cells)),
        leaveOut: fc
          .array(fc.integer({ min: 0, max: 60 }), { minLength: rows, maxLength: rows })
          .map((prices) => Float64Array.from(prices)),
      }),
    );

/** Deliveries and robots in a city: walking seconds, or milliseconds, between places around a few centres. */
function city(seed: number, { rows, columns, centres }: { rows: number; columns: number; centres: number }) {
  const rng = new SeededRng(seed);
  const centre = Array.from({ length: centres }, () => [unit(rng) * 10_000, unit(rng) * 10_000] as const);
  const place = (): readonly [number, number] => {
    const [x = 0, y = 0] = centre[Math.floor(unit(rng) * centres)] ?? [];
    const spread = centres === 1 ? 10_000 : 900;
    return [x + (unit(rng) - 0.5) * spread, y + (unit(rng) - 0.5) * spread];
  };
  const from = Array.from({ length: rows }, place);
  const to = Array.from({ length: columns }, place);
  const cost = new Float64Array(rows * columns);
  from.forEach(([ax, ay], i) => {
    to.forEach(([bx, by], j) => {
      cost[i * columns + j] = Math.round(Math.hypot(ax - bx, ay - by) / 1.4);
    });
  });
  return { rows, columns, cost, leaveOut: new Float64Array(rows).fill(1_000_000) };
}

describe("an assignment", () => {
  test("costs what the cheapest of all possible ones costs", () => {
    fc.assert(
      fc.property(anyProblem(6), (problem) => {
        expect(assign(problem).cost).toBe(cheapestOfAll(problem));
      }),
      { numRuns: 1_000 },
    );
  });

  test("comes with duals that prove it, however large", () => {
    fc.assert(
      fc.property(anyProblem(70), (problem) => {
        expect(flaws(problem, assign(problem))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ["as many robots as deliveries", { rows: 300, columns: 300, centres: 1 }],
    ["robots to spare", { rows: 120, columns: 400, centres: 5 }],
    ["more deliveries than robots", { rows: 400, columns: 120, centres: 5 }],
    ["crowds in the wrong places", { rows: 300, columns: 300, centres: 7 }],
  ])("is proven for a city with %s", (_what, size) => {
    const problem = city(3, size);

    const answer = assign(problem);

    expect(flaws(problem, answer)).toEqual([]);
    expect(answer.columnOf.filter((column) => column !== -1)).toHaveLength(Math.min(size.rows, size.columns));
  });

  test("leaves a row out where that is cheaper, and where no column may be joined with it", () => {
    const cost = Float64Array.of(5, 9, Infinity, Infinity, 4, 30);

    const answer = assign({ rows: 3, columns: 2, cost, leaveOut: Float64Array.of(20, 20, 1) });

    expect([...answer.columnOf]).toEqual([0, -1, -1]);
    expect(answer.cost).toBe(5 + 20 + 1);
  });
});
