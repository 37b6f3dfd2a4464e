import { toInstant } from "@kerbside/proto/base/time";
import type { dispatchRoutes, Plan as PlanView } from "@kerbside/proto/routes/dispatch";
import type { Reply } from "@kerbside/proto/base/endpoint";
import { errandsFor } from "./errands.ts";
import { hubsOf, inMarket, marketAt } from "./fleet-view.ts";
import { loopFor, type Rules } from "./matching.ts";
import { avoids, type Errand, type Plan, type Walk } from "./plan.ts";
import type { Towns, Ways } from "./ports.ts";
import { leftPct } from "./reach.ts";
import type { Robot } from "./robot.ts";
import type { Picture } from "./store.pg.ts";
import { noWalks, walkBetween } from "./walks.ts";

type Candidate = Reply<(typeof dispatchRoutes)["explainPlan"]>["candidates"][number];

export interface ExplainingParts {
  readonly ways: Ways;
  readonly towns: Towns;
  readonly rules: Rules;
  readonly nowMs: number;
}

/** Every robot of the market as seen from one delivery: those that could take it first, by the time they would need. */
export async function candidatesFor(
  { ways, towns, rules, nowMs }: ExplainingParts,
  plan: Plan,
  picture: Picture,
): Promise<Candidate[]> {
  const town = await towns.of(plan.organizationId);
  const market = marketAt(town.markets, plan.pickup.place);
  const robots = inMarket(picture.robots, market);
  const placed = robots.flatMap((robot) => (robot.place ? [{ robot, place: robot.place }] : []));
  const [errands, walks] = await Promise.all([
    errandsFor(ways, [plan], hubsOf(town, market)),
    placed.length === 0
      ? Promise.resolve(noWalks(0, 1))
      : ways.walks(
          placed.map(({ place }) => place),
          [plan.pickup.place],
        ),
  ]);
  const taken = new Map(
    picture.plans.flatMap(({ plan: other }) => (other.robotId === null ? [] : [[other.robotId, other] as const])),
  );
  const errand = errands.get(plan.deliveryId) ?? null;
  const views = robots.map((robot) => {
    const walk = walkBetween(
      walks,
      placed.findIndex((each) => each.robot === robot),
      0,
    );
    return candidate(robot, { plan, errand, walk, taken: taken.get(robot.robotId), rules, nowMs });
  });
  return views.sort(
    (a, b) => Number(b.usable) - Number(a.usable) || (a.duration_s ?? Infinity) - (b.duration_s ?? Infinity),
  );
}

export function planView(plan: Plan): PlanView {
  const at = (ms: number | null): string | null => (ms === null ? null : toInstant(ms));
  return {
    delivery_id: plan.deliveryId,
    external_id: plan.externalId,
    state: plan.state,
    state_since: toInstant(plan.stateSinceMs),
    reason: plan.isOnHold && plan.state === "waiting" ? "it is to be cancelled" : (plan.reason?.text ?? null),
    robot_id: plan.robotId,
    robot_name: plan.robotName,
    pickup: plan.pickup,
    dropoff: plan.dropoff,
    pickup_ready_at: toInstant(plan.pickupReadyMs),
    eta_pickup_at: at(plan.etas.pickupMs),
    eta_dropoff_p50_at: at(plan.etas.dropoffP50Ms),
    eta_dropoff_p90_at: at(plan.etas.dropoffP90Ms),
    waiting_since: toInstant(plan.waitingSinceMs),
  };
}

interface Seen {
  readonly plan: Plan;
  readonly errand: Errand | null;
  readonly walk: Walk | null;
  /** What it has on its hands. */
  readonly taken: Plan | undefined;
  readonly rules: Rules;
  readonly nowMs: number;
}

function candidate(robot: Robot, seen: Seen): Candidate {
  const { errand, walk, rules } = seen;
  const loop = walk && errand ? loopFor(rules.time, walk, errand) : null;
  const left = loop && robot.batteryPct !== null ? leftPct(rules.battery, robot.batteryPct, loop) : null;
  const against = objection(robot, seen, left);
  return {
    robot_id: robot.robotId,
    robot_name: robot.name,
    usable: against === null,
    reason: against ?? "it can be sent",
    place: robot.place,
    battery_pct: robot.batteryPct,
    distance_m: walk?.distanceM ?? null,
    duration_s: walk?.durationS ?? null,
    loop_m: loop?.distanceM ?? null,
    battery_left_pct: left === null ? null : Math.round(left * 10) / 10,
  };
}

function objection(
  robot: Robot,
  { plan, errand, walk, taken, rules, nowMs }: Seen,
  left: number | null,
): string | null {
  if (taken?.deliveryId === plan.deliveryId) return "it has this delivery";
  if (taken) return `it has delivery ${taken.externalId ?? taken.deliveryId}`;
  if (!robot.isAvailable) return robot.reasons.join(", ") || "fleet holds it back";
  if (!walk) return "no way leads from it to the pickup";
  if (!errand) return "no way leads from the pickup to the drop-off and on to a hub";
  if (left === null) return "its battery is unknown";
  if (left < rules.battery.reservePct) {
    return `the loop would leave ${Math.round(left)} % of its battery, ${rules.battery.reservePct} % have to be left`;
  }
  const avoided = avoids(plan, robot.robotId, nowMs);
  return avoided ? `it has just lost this delivery; it is asked again after ${toInstant(avoided.untilMs)}` : null;
}
