import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Hub, Market } from "@kerbside/proto/routes/config";
import { dwell, type TimeModel } from "./estimate.ts";
import type { Plan } from "./plan.ts";
import type { Town } from "./ports.ts";
import { isUsable, type Robot, type UsableRobot } from "./robot.ts";

/** A robot that carries something, and where and when it should be done with it. */
interface BusyRobot {
  readonly robot: Robot;
  readonly freeMs: number;
  readonly place: Place;
}

/** The robots of one market, sorted by what they could do for a delivery. */
export interface FleetView {
  readonly all: readonly Robot[];
  readonly usable: readonly UsableRobot[];
  /** Those that carry a delivery of which the end can be foreseen, soonest free first. */
  readonly busy: readonly BusyRobot[];
  /** Those that a delivery has, the end of it foreseen or not. */
  readonly taken: ReadonlySet<string>;
}

/** Soonest that a robot in the midst of something is counted on. */
const freeAtLeastMs = 60_000;

export function viewFleet(
  { robots, plans, nowMs }: { robots: readonly Robot[]; plans: readonly Plan[]; nowMs: number },
  time: TimeModel,
): FleetView {
  const taken = new Map(plans.flatMap((plan) => (plan.robotId === null ? [] : [[plan.robotId, plan] as const])));
  const takenIds = new Set(robots.flatMap(({ robotId }) => (taken.has(robotId) ? [robotId] : [])));
  const unloadMs = dwell(time.unload).meanS * 1_000;
  const busy = robots.flatMap((robot): BusyRobot[] => {
    const plan = taken.get(robot.robotId);
    const arrivesMs = plan?.etas.dropoffP50Ms ?? null;
    if (!plan || arrivesMs === null) return [];
    return [{ robot, freeMs: Math.max(nowMs + freeAtLeastMs, arrivesMs + unloadMs), place: plan.dropoff.place }];
  });
  return {
    all: robots,
    usable: robots.filter((robot) => isUsable(robot, takenIds)),
    busy: busy.sort((a, b) => a.freeMs - b.freeMs),
    taken: takenIds,
  };
}

/** The market that a place lies in; of several the one whose centre is nearest. Null where it lies in none. */
export function marketAt(markets: readonly Market[], place: Place): Market | null {
  const within = markets
    .map((market) => ({ market, awayM: distanceM(market.center, place) }))
    .filter(({ market, awayM }) => awayM <= market.radius_m)
    .sort((a, b) => a.awayM - b.awayM);
  return within[0]?.market ?? null;
}

/** Robots stay in their market; where a place lies in none, all of the organization's count. */
export function inMarket<Thing extends { readonly marketId: string }>(
  things: readonly Thing[],
  market: Market | null,
): readonly Thing[] {
  return market === null ? things : things.filter(({ marketId }) => marketId === market.market_id);
}

/** Where robots of this market may end their loops. */
export function hubsOf({ hubs }: Town, market: Market | null): readonly Hub[] {
  return market === null ? hubs : hubs.filter(({ market_id }) => market_id === market.market_id);
}
