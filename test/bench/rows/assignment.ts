import { type AssignmentProblem, assign, costOf } from "@kerbside/cloud-dispatch/assignment";
import { unit } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { munkres } from "munkres";
import { alternate, type Bench, cpuSeconds, type Figure, figure } from "../measure.ts";

export const assignment: Bench = {
  row: 12,
  title: "Assignment, exact, geographic costs",
  says: "Work: as many deliveries as robots, spread over 10 km, joined as cheaply as possible in all. Baseline: munkres@2 on the same costs. Unit: CPU s.",
  run: async () => [
    await against({ places: 1_000, rounds: 3, limit: 0.5 }),
    await against({ places: 2_000, rounds: 3, limit: 0.33 }),
  ],
};

async function against({ places, rounds, limit }: { places: number; rounds: number; limit: number }): Promise<Figure> {
  const problem = city(places);
  const rows = Array.from({ length: places }, (_, row) => problem.cost.slice(row * places, (row + 1) * places));
  const totals = { ours: 0, baseline: 0 };
  const duel = await alternate({
    rounds,
    ours: () =>
      cpuSeconds(() => {
        totals.ours = assign(problem).cost;
      }),
    baseline: () =>
      cpuSeconds(() => {
        totals.baseline = totalOf(problem, munkres(rows));
      }),
  });
  if (totals.ours !== totals.baseline) throw new Error(`two exact answers differ: ${JSON.stringify(totals)}`);
  return figure({ name: `${places} × ${places}`, unit: "CPU s", baselineName: "munkres@2" }, duel, {
    limit,
    is: "at_most",
  });
}

/** Walking time in whole milliseconds between places of which none is special. */
function city(places: number): AssignmentProblem {
  const rng = new SeededRng(places);
  const scatter = (): readonly (readonly [number, number])[] =>
    Array.from({ length: places }, () => [unit(rng) * 10_000, unit(rng) * 10_000] as const);
  const to = scatter();
  const cost = scatter().flatMap(([ax, ay]) =>
    to.map(([bx, by]) => Math.round((Math.hypot(ax - bx, ay - by) / 1.4) * 1_000)),
  );
  return {
    rows: places,
    columns: places,
    cost: Float64Array.from(cost),
    leaveOut: new Float64Array(places).fill(1e12),
  };
}

function totalOf(problem: AssignmentProblem, pairs: readonly (readonly [number, number])[]): number {
  const columnOf = new Int32Array(problem.rows).fill(-1);
  for (const [row, column] of pairs) columnOf[row] = column;
  return costOf(problem, columnOf);
}
