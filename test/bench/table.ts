import type { Bench, Figure, Spread } from "./measure.ts";

export interface Outcome {
  readonly bench: Pick<Bench, "row" | "title" | "says">;
  readonly figures: readonly Figure[];
}

/** The figures as a markdown table: every spread, the ratio of the medians, the goal and whether it is met. */
export function table(outcomes: readonly Outcome[]): string {
  const head =
    "| Row | What | Ours (min · median · max) | Beside it | Its figures | Ratio | Goal | |\n|---|---|---|---|---|---|---|---|";
  const rows = outcomes.flatMap(({ bench, figures }) =>
    figures.map(
      ({ name, unit, ours, baseline, ratio, goal, isMet }) =>
        `| ${bench.row} | ${bench.title}: ${name}, ${unit} | ${show(ours)} | ${baseline.name} | ${show(baseline)} | ${digits(ratio)} × | ${goal} | ${isMet ? "met" : "**short**"} |`,
    ),
  );
  return [head, ...rows].join("\n");
}

function show({ min, median, max }: Spread): string {
  return min === max ? digits(median) : `${digits(min)} · ${digits(median)} · ${digits(max)}`;
}

function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
