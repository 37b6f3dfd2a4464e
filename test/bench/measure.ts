/** What several runs of one thing gave. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One figure beside its baseline, measured alternately in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly baseline: { readonly name: string } & Spread;
  /** Of the medians, ours to the baseline's. */
  readonly ratio: number;
  /** What we want, in words: `≤ 0.7 ×`. */
  readonly goal: string;
  readonly isMet: boolean;
}

/** A row of the table of figures that we are held to. */
export interface Bench {
  /** Number of the row, as the design counts them. */
  readonly row: number;
  readonly title: string;
  /** One line: the work, the baseline, the unit. */
  readonly says: string;
  readonly run: () => Promise<readonly Figure[]>;
}

export interface Duel {
  readonly rounds: number;
  readonly ours: () => number | Promise<number>;
  readonly baseline: () => number | Promise<number>;
}

/** Runs both in turn, so that what disturbs the machine disturbs both; the first round warms up and is not counted. */
export async function alternate({
  rounds,
  ours,
  baseline,
}: Duel): Promise<{ readonly ours: Spread; readonly baseline: Spread }> {
  const mine: number[] = [];
  const other: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [a, b] = [await ours(), await baseline()];
    if (round === 0) continue;
    mine.push(a);
    other.push(b);
  }
  return { ours: spread(mine), baseline: spread(other) };
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}

/** A figure that always comes out the same. */
export function exactly(value: number): Spread {
  return { min: value, median: value, max: value };
}

/** CPU seconds that this process spent in the work, on every core. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export interface Goal {
  readonly limit: number;
  readonly is: "at_most" | "at_least";
}

export function figure(
  { name, unit, baselineName }: { readonly name: string; readonly unit: string; readonly baselineName: string },
  { ours, baseline }: { readonly ours: Spread; readonly baseline: Spread },
  goal: Goal,
): Figure {
  const ratio = ours.median / baseline.median;
  const isMet = goal.is === "at_most" ? ratio <= goal.limit : ratio >= goal.limit;
  const words = `${goal.is === "at_most" ? "≤" : "≥"} ${goal.limit} ×`;
  return { name, unit, ours, baseline: { name: baselineName, ...baseline }, ratio, goal: words, isMet };
}
