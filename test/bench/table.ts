import type { Bench, Figure, Spread } from "./measure.ts";

export interface Outcome {
  readonly bench: Pick<Bench, "row" | "title" | "says">;
  readonly figures: readonly Figure[];
  /** Why there are none. */
  readonly problem?: string;
}

/** The figures as a markdown table: every spread, the ratio of the medians, the goal and whether it is met. */
export function table(outcomes: readonly Outcome[]): string {
  const head =
    "| Row | What | Ours (min · median · max) | Beside it | Its figures | Ratio | Goal | |\n|---|---|---|---|---|---|---|---|";
  const rows = outcomes.flatMap(({ bench, figures, problem }) => [
    ...(problem === undefined
      ? []
      : [`| ${bench.row} | ${bench.title} could not be measured: ${inCell(problem)} | | | | | | **short** |`]),
    ...figures.map(
      ({ name, unit, ours, baseline, ratio, goal, isMet }) =>
        `| ${bench.row} | ${bench.title}: ${name}, ${unit} | ${show(ours)} | ${baseline.name} | ${show(baseline)} | ${digits(ratio)} × | ${goal ?? "–"} | ${verdict(isMet)} |`,
    ),
  ]);
  return [head, ...rows].join("\n");
}

function inCell(words: string): string {
  return (words.split("\n")[0] ?? "").replaceAll("|", "\\|");
}

function verdict(isMet: boolean | null): string {
  if (isMet === null) return "";
  return isMet ? "met" : "**short**";
}

function show({ min, median, max }: Spread): string {
  return min === max ? digits(median) : `${digits(min)} · ${digits(median)} · ${digits(max)}`;
}

function digits(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

const [begin, end] = ["<!-- figures: written by `npm run bench -- --write` -->", "<!-- end of figures -->"];

/** Puts the figures between their marks; throws where the text has no such place. */
export function withFigures(text: string, figures: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`no place for the figures: “${begin}” … “${end}”`);
  return `${text.slice(0, from + begin.length)}\n\n${figures}\n\n${text.slice(to)}`;
}
