import { Fault } from "@kerbside/proto/base/fault";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Address, Place } from "@kerbside/proto/base/place";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Market } from "@kerbside/proto/routes/config";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";
import type { Estimate } from "@kerbside/proto/routes/dispatch";
import type { MapLeg, MappedAddress } from "@kerbside/proto/routes/maps";
import { certain, dwell, forecast, type Span, sum, type TimeModel, walk } from "./estimate.ts";
import { type FleetView, inMarket, marketAt, viewFleet } from "./fleet-view.ts";
import type { Rules } from "./matching.ts";
import type { Plan } from "./plan.ts";
import type { Towns, Ways } from "./ports.ts";
import { policyVersion } from "./settings.ts";
import type { Picture } from "./store.pg.ts";
import { walkBetween } from "./walks.ts";

export interface QuotingParts {
  readonly read: (organizationId: string) => Promise<Picture>;
  readonly ways: Ways;
  readonly towns: Towns;
  readonly rules: Rules;
  readonly clock: Clock;
}

export interface Question {
  readonly organization_id: string;
  readonly pickup: AddressInput;
  readonly dropoff: AddressInput;
  readonly pickup_ready_at?: string | undefined;
}

/** Robots whose way to the pickup is asked for; the nearest, straight. */
const candidatesMax = 100;

/** What a delivery would take as things stand: nothing is reserved. */
export async function estimate(parts: QuotingParts, asked: Question): Promise<Estimate> {
  const { ways, towns, clock, rules } = parts;
  const nowMs = clock.now();
  const [pickup, dropoff, town, picture] = await Promise.all([
    addressOf(ways, "pickup", asked.pickup),
    addressOf(ways, "dropoff", asked.dropoff),
    towns.of(asked.organization_id),
    parts.read(asked.organization_id),
  ]);
  const market = marketAt(town.markets, pickup.place);
  refuseOutside(market, dropoff);
  const plans = picture.plans.map(({ plan }) => plan);
  const fleet = viewFleet({ robots: inMarket(picture.robots, market), plans, nowMs }, rules.time);
  const [{ mapVersion, leg }, arrivals] = await Promise.all([
    legBetween(ways, pickup, dropoff),
    arrivalsAt(ways, { fleet, nowMs, pickup: pickup.place }, rules.time),
  ]);
  const ahead = plans.filter((plan) => isAhead(plan) && marketAt(town.markets, plan.pickup.place) === market).length;
  const readyMs = asked.pickup_ready_at === undefined ? nowMs : fromInstant(asked.pickup_ready_at);
  const { pickupP50S, dropoffP50S, dropoffP90S } = forecast(rules.time, {
    toPickup: toPickup(arrivals, ahead, rules.time),
    readyS: (readyMs - nowMs) / 1_000,
    toDropoffS: leg.duration_s,
  });
  const at = (seconds: number): string => toInstant(nowMs + Math.round(seconds * 1_000));
  return {
    pickup,
    dropoff,
    market_id: market?.market_id ?? null,
    distance_m: leg.distance_m,
    legs: [{ to: "dropoff", ...leg }],
    eta_pickup_at: at(pickupP50S),
    eta_dropoff_p50_at: at(dropoffP50S),
    eta_dropoff_p90_at: at(dropoffP90S),
    policy_version: `map ${mapVersion}, rules ${policyVersion}`,
    robots_free: fleet.usable.length,
  };
}

/**
 * Until some robot is at the pickup. Each delivery that waits already takes the soonest robot before us; when all are
 * taken, they come round again after a cycle. Where nobody is known at all, it is the model's guess.
 */
function toPickup(arrivals: readonly Span[], ahead: number, model: TimeModel): Span {
  const soonest = arrivals.toSorted((a, b) => a.meanS - b.meanS);
  const span = soonest[ahead % soonest.length];
  if (!span) return sum(dwell(model.unknownPickup), certain(0));
  return sum(span, certain(Math.floor(ahead / soonest.length) * model.cycleS));
}

function isAhead({ state, isOnHold }: Plan): boolean {
  return state === "waiting" && !isOnHold;
}

interface Meeting {
  readonly fleet: FleetView;
  readonly nowMs: number;
  readonly pickup: Place;
}

/** Free robots from where they stand, busy ones from where they will be free, and when. */
async function arrivalsAt(ways: Ways, { fleet, nowMs, pickup }: Meeting, model: TimeModel): Promise<readonly Span[]> {
  const starts = [
    ...fleet.usable.map(({ place }) => ({ place, afterS: 0 })),
    ...fleet.busy.map(({ place, freeMs }) => ({ place, afterS: (freeMs - nowMs) / 1_000 })),
  ];
  const near = starts
    .toSorted((a, b) => distanceM(a.place, pickup) - distanceM(b.place, pickup))
    .slice(0, candidatesMax);
  if (near.length === 0) return [];
  const walks = await ways.walks(
    near.map(({ place }) => place),
    [pickup],
  );
  return near.flatMap(({ afterS }, i) => {
    const found = walkBetween(walks, i, 0);
    return found ? [sum(certain(afterS), walk(model, found.durationS))] : [];
  });
}

/** The words as they came, and the kerb where a robot will stop. */
async function addressOf(ways: Ways, which: "pickup" | "dropoff", asked: AddressInput): Promise<Address> {
  const mapped: MappedAddress = await ways.address(asked).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== "outside_coverage") throw error;
    throw new Fault("address_undeliverable", { which, ...error.details });
  });
  return { ...mapped.address, place: mapped.stop };
}

function refuseOutside(market: Market | null, dropoff: Address): void {
  if (market === null || distanceM(market.center, dropoff.place) <= market.radius_m) return;
  const detail = `the drop-off is further than ${market.radius_m / 1_000} km from the centre of ${market.name}`;
  throw new Fault("address_undeliverable", { which: "dropoff", detail, text: dropoff.text });
}

async function legBetween(
  ways: Ways,
  pickup: Address,
  dropoff: Address,
): Promise<{ readonly mapVersion: string; readonly leg: MapLeg }> {
  const { mapVersion, legs } = await ways.legs([pickup.place, dropoff.place]);
  const [leg] = legs;
  if (!leg) throw new Error("maps answered no leg for two places");
  return { mapVersion, leg };
}
