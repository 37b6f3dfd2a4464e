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
  /** What we want, in words: `≤ 0.7 ×`; null where the figure is only shown. */
  readonly goal: string | null;
  /** Null where there is no goal. */
  readonly isMet: boolean | null;
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

type Turn<T> = () => T | Promise<T>;

/**
 * Lets each have its turn, round after round, so that what disturbs the machine disturbs all; the first round warms up
 * and is not counted. Answers what each gave, in the order of the turns.
 */
export async function takeTurns<T>(rounds: number, turns: readonly Turn<T>[]): Promise<readonly (readonly T[])[]> {
  const given: T[][] = turns.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, turn] of turns.entries()) {
      const result = await turn();
      if (round > 0) given[index]?.push(result);
    }
  }
  return given;
}

export interface Duel {
  readonly rounds: number;
  readonly ours: Turn<number>;
  readonly baseline: Turn<number>;
}

/** Two that take turns, as spreads. */
export async function alternate({
  rounds,
  ours,
  baseline,
}: Duel): Promise<{ readonly ours: Spread; readonly baseline: Spread }> {
  const [mine = [], other = []] = await takeTurns(rounds, [ours, baseline]);
  return { ours: spread(mine), baseline: spread(other) };
}

export function spread(values: readonly number[]): Spread {
  const sorted = sortedOf(values);
  return { min: at(sorted, 0), median: at(sorted, Math.floor(sorted.length / 2)), max: at(sorted, sorted.length - 1) };
}

/** A figure that always comes out the same. */
export function exactly(value: number): Spread {
  return { min: value, median: value, max: value };
}

/** The value that this share of the values does not exceed: 0.5 for the median, 0.99 for the tail. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = sortedOf(values);
  return at(sorted, Math.min(sorted.length - 1, Math.floor(sorted.length * share)));
}

/** One quantile of each round, as a spread over the rounds. */
export function quantileSpread(rounds: readonly (readonly number[])[], share: number): Spread {
  return spread(rounds.map((values) => quantile(values, share)));
}

/** Two spreads one after the other: what both together take. */
export function plus(a: Spread, b: Spread): Spread {
  return { min: a.min + b.min, median: a.median + b.median, max: a.max + b.max };
}

/** Milliseconds of each of so many times of the work, one after the other, with a pause before each. */
export async function timings(
  times: number,
  { pauseMs, work }: { readonly pauseMs: number; readonly work: () => unknown },
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const startMs = performance.now();
    await work();
    taken.push(performance.now() - startMs);
  }
  return taken;
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

/** `goal` null: shown, and held to nothing. */
export function figure(
  { name, unit, baselineName }: { readonly name: string; readonly unit: string; readonly baselineName: string },
  { ours, baseline }: { readonly ours: Spread; readonly baseline: Spread },
  goal: Goal | null,
): Figure {
  const ratio = ours.median / baseline.median;
  return { name, unit, ours, baseline: { name: baselineName, ...baseline }, ratio, ...judged(ratio, goal) };
}

function judged(ratio: number, goal: Goal | null): Pick<Figure, "goal" | "isMet"> {
  if (!goal) return { goal: null, isMet: null };
  const isMost = goal.is === "at_most";
  return { goal: `${isMost ? "≤" : "≥"} ${goal.limit} ×`, isMet: isMost ? ratio <= goal.limit : ratio >= goal.limit };
}

function sortedOf(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  return sorted[index] ?? Number.NaN;
}
