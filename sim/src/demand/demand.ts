import { below, type Rng, unit } from "@kerbside/proto/base/rng";

/** What people order, and in which numbers. */
const menu = [
  "Lagman",
  "Manti",
  "Plov",
  "Baursak",
  "Samsa",
  "Beshbarmak",
  "Shashlik",
  "Borscht",
  "Salad",
  "Tea",
  "Coffee",
  "Ayran",
];
const names = [
  "Aigerim",
  "Daniyar",
  "Aruzhan",
  "Yerlan",
  "Madina",
  "Nursultan",
  "Saule",
  "Timur",
  "Zhanna",
  "Arman",
  "Olga",
  "Askar",
];

export interface DrawnOrder {
  readonly customer: string;
  readonly items: readonly { readonly name: string; readonly quantity: number }[];
}

/** Time until the next order, milliseconds: a Poisson process. Infinite where nobody orders. */
export function gapMs(rng: Rng, ordersPerHour: number): number {
  if (ordersPerHour <= 0) return Number.POSITIVE_INFINITY;
  return (-Math.log(1 - unit(rng)) / ordersPerHour) * 3_600_000;
}

export function drawOrder(rng: Rng): DrawnOrder {
  const count = 1 + below(rng, 3);
  const items = Array.from({ length: count }, () => ({ name: one(rng, menu), quantity: 1 + below(rng, 2) }));
  return {
    customer: one(rng, names),
    items: items.filter((item, at) => items.findIndex(({ name }) => name === item.name) === at),
  };
}

export function one<T>(rng: Rng, of: readonly T[]): T {
  const found = of[below(rng, of.length)];
  if (found === undefined) throw new RangeError("nothing to choose from");
  return found;
}
