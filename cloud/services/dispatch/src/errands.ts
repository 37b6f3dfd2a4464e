import { Fault } from "@kerbside/proto/base/fault";
import type { Place } from "@kerbside/proto/base/place";
import type { Hub } from "@kerbside/proto/routes/config";
import type { MapLeg } from "@kerbside/proto/routes/maps";
import { inBatches } from "./batches.ts";
import type { Errand, Plan, Walk } from "./plan.ts";
import type { Ways } from "./ports.ts";
import { walkBetween } from "./walks.ts";

/** Errands that are worked out at a time. */
const parallelMax = 8;

/** Null where no way leads from the pickup to the drop-off, or from there to any hub. */
export async function errandsFor(
  ways: Ways,
  plans: readonly Plan[],
  hubs: readonly Hub[],
): Promise<ReadonlyMap<string, Errand | null>> {
  const errands = await inBatches(plans, parallelMax, (plan) => errandFor(ways, plan, hubs));
  return new Map(plans.map((plan, i) => [plan.deliveryId, errands[i] ?? null]));
}

/** An errand still holds while its hub stands where it stood. */
function holds(errand: Errand | null, hubs: readonly Hub[]): errand is Errand {
  return (
    errand !== null && hubs.some(({ hub_id, place }) => hub_id === errand.hub.hub_id && isSame(place, errand.hub.place))
  );
}

async function errandFor(ways: Ways, plan: Plan, hubs: readonly Hub[]): Promise<Errand | null> {
  if (holds(plan.errand, hubs)) return plan.errand;
  const { place } = plan.dropoff;
  const walks = await ways.walks(
    [place],
    hubs.map((hub) => hub.place),
  );
  const near = hubs
    .map((hub, i) => ({ hub, durationS: walkBetween(walks, 0, i)?.durationS ?? Infinity }))
    .filter(({ durationS }) => durationS !== Infinity)
    .sort((a, b) => a.durationS - b.durationS)[0];
  if (!near) return null;
  const legs = await ways.legs([plan.pickup.place, place, near.hub.place]).catch(noWay);
  const [toDropoff, toHub] = legs?.legs ?? [];
  if (!toDropoff || !toHub) return null;
  const { hub_id, place: hubPlace } = near.hub;
  return { hub: { hub_id, place: hubPlace }, toDropoff: walkOf(toDropoff), toHub: walkOf(toHub) };
}

function walkOf({ distance_m, duration_s }: MapLeg): Walk {
  return { distanceM: distance_m, durationS: duration_s };
}

/** What maps can say for certain is an answer; that it cannot be reached is not. */
export function noWay(error: unknown): null {
  if (error instanceof Fault && (error.code === "no_route" || error.code === "outside_coverage")) return null;
  throw error;
}

function isSame(a: Place, b: Place): boolean {
  return a.lat === b.lat && a.lng === b.lng;
}
