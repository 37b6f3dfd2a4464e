import type { Pace } from "@kerbside/proto/events/deliveries";

/** A duration that is not certain: mean and variance, in seconds. Parts that do not depend on each other add up. */
export interface Span {
  readonly meanS: number;
  readonly varianceS2: number;
}

/**
 * How long things take. Walks come from maps at walking speed; around them robots yield to people and merchants and
 * customers take their time. All figures are to be calibrated against what really happened.
 */
export interface TimeModel {
  /** How many times faster robots are than the map's walking speed. Above 1 only where a demo speeds bodies up. */
  readonly speedFactor: number;
  /** A walk takes this many times longer than the map says, on average. */
  readonly walkStretch: number;
  /** Standard deviation of a walk, as a share of its mean. */
  readonly walkSpread: number;
  /** From arrival, with the goods ready, to departure with a closed lid. */
  readonly load: Quantiles;
  /** From arrival at the customer to the goods being out. */
  readonly unload: Quantiles;
  /** Until a robot is at the pickup, where none is known that could come. */
  readonly unknownPickup: Quantiles;
  /** From one order to the next of a robot, where more wait than there are robots. */
  readonly cycleS: number;
}

interface Quantiles {
  readonly p50S: number;
  readonly p90S: number;
}

export const timeDefaults: TimeModel = {
  speedFactor: 1,
  walkStretch: 1.08,
  walkSpread: 0.15,
  load: { p50S: 75, p90S: 240 },
  unload: { p50S: 90, p90S: 300 },
  unknownPickup: { p50S: 1_200, p90S: 2_700 },
  cycleS: 2_100,
};

/** The standard normal's 90th percentile. */
const z90 = 1.2815515655446004;

export function certain(seconds: number): Span {
  return { meanS: seconds, varianceS2: 0 };
}

export function walk(model: TimeModel, durationS: number): Span {
  const meanS = (durationS / model.speedFactor) * model.walkStretch;
  return { meanS, varianceS2: (meanS * model.walkSpread) ** 2 };
}

/** A lognormal duration with this median and this 90th percentile: dwells have a long tail. */
export function dwell({ p50S, p90S }: Quantiles): Span {
  const sigma2 = (Math.log(p90S / p50S) / z90) ** 2;
  const meanS = p50S * Math.exp(sigma2 / 2);
  return { meanS, varianceS2: meanS ** 2 * (Math.exp(sigma2) - 1) };
}

/** The model in the words of a plan, for whoever follows the robot that carries it out. */
export function paceOf({ walkStretch, walkSpread, speedFactor, load }: TimeModel): Pace {
  const { meanS, varianceS2 } = dwell(load);
  return {
    leg_factor: walkStretch / speedFactor,
    leg_spread: walkSpread,
    load_mean_s: meanS,
    load_sd_s: Math.sqrt(varianceS2),
  };
}

export function sum(...spans: readonly Span[]): Span {
  return {
    meanS: spans.reduce((total, span) => total + span.meanS, 0),
    varianceS2: spans.reduce((total, span) => total + span.varianceS2, 0),
  };
}

/** The later of the two: what begins when the robot is there and the goods are ready (Clark 1961, for a constant). */
export function notBefore(span: Span, earliestS: number): Span {
  const sd = Math.sqrt(span.varianceS2);
  if (sd === 0) return certain(Math.max(span.meanS, earliestS));
  const alpha = (span.meanS - earliestS) / sd;
  const above = cumulative(alpha);
  const density = Math.exp(-(alpha ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const meanS = span.meanS * above + earliestS * (1 - above) + sd * density;
  const square =
    (span.meanS ** 2 + span.varianceS2) * above +
    earliestS ** 2 * (1 - above) +
    (span.meanS + earliestS) * sd * density;
  return { meanS, varianceS2: Math.max(0, square - meanS ** 2) };
}

/** Half and nine tenths of the time it takes no longer than this; as a lognormal of the same mean and variance. */
export function quantiles({ meanS, varianceS2 }: Span): Quantiles {
  if (meanS <= 0) return { p50S: 0, p90S: 0 };
  const sigma2 = Math.log(1 + varianceS2 / meanS ** 2);
  const p50S = meanS * Math.exp(-sigma2 / 2);
  return { p50S, p90S: p50S * Math.exp(z90 * Math.sqrt(sigma2)) };
}

/** One delivery to come, in seconds from now. */
export interface Course {
  /** Until a robot is at the pickup. */
  readonly toPickup: Span;
  readonly readyS: number;
  /** The way with the goods, as maps has it. */
  readonly toDropoffS: number;
}

export interface Forecast {
  readonly pickupP50S: number;
  readonly dropoffP50S: number;
  readonly dropoffP90S: number;
}

export function forecast(model: TimeModel, { toPickup, readyS, toDropoffS }: Course): Forecast {
  const leaves = sum(notBefore(toPickup, readyS), dwell(model.load));
  const dropoff = quantiles(sum(leaves, walk(model, toDropoffS)));
  return { pickupP50S: quantiles(toPickup).p50S, dropoffP50S: dropoff.p50S, dropoffP90S: dropoff.p90S };
}

/** The standard normal's distribution function, good to 1e-7 (Abramowitz and Stegun 26.2.17). */
function cumulative(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - tail : tail;
}
