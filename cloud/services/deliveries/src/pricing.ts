import type { Money } from "@kerbside/proto/base/money";
import type { Fare } from "@kerbside/proto/routes/config";

/** The market's base and so much for each kilometre of the way with the goods, rounded up to a whole minor unit. */
export function priceOf(fare: Fare, distance_m: number): Money {
  const way = Math.ceil((fare.per_km_minor * Math.max(0, distance_m)) / 1_000 - rounding);
  return { amount_minor: fare.base_minor + way, currency: fare.currency };
}

/** Below this a fraction is an error of floating point, not a part of the way. */
const rounding = 1e-6;
