import type { EventOf } from "@kerbside/proto/base/event";
import type { Place } from "@kerbside/proto/base/place";
import { fromInstant } from "@kerbside/proto/base/time";
import type { attemptEvent } from "@kerbside/proto/events/deliveries";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Grant } from "@kerbside/proto/robot/grant";

type Attempt = EventOf<typeof attemptEvent>["body"];
type Order = Attempt["grants"][number];

/** How far from its stop a robot may stand when it opens: what its receiver errs by between high fronts. */
const grantRadiusM = 40;
/** The kerb may lie across a forecourt from its address, but not further than this. */
const forecourtM = 100;

/** The openings that an accepted attempt allows, each at home at one stop of its robot. */
export function grantsOf(attempt: Attempt, nowMs: number): readonly Grant[] {
  return attempt.grants.map((order) => {
    const { place, radius_m } = homeOf(attempt, order.stop);
    return {
      v: 1,
      grant_id: order.grant_id,
      robot_id: attempt.robot_id,
      delivery_id: attempt.delivery_id,
      attempt_id: attempt.attempt_id,
      fencing_token: attempt.fencing_token,
      compartment: attempt.compartment,
      purpose: order.purpose,
      means: order.means,
      nbf: nowMs,
      exp: fromInstant(order.expires_at),
      place,
      radius_m,
      pin_verifier: order.pin_verifier,
    };
  });
}

/** Around the end of the way there, wide enough for the address itself. */
function homeOf({ legs, pickup, dropoff }: Attempt, stop: Order["stop"]): { place: Place; radius_m: number } {
  const address = stop === "dropoff" ? dropoff.place : pickup.place;
  const end = legs.findLast((leg) => leg.to === stop)?.line.at(-1);
  if (!end) return { place: address, radius_m: grantRadiusM };
  const place = { lat: end[0], lng: end[1] };
  return { place, radius_m: grantRadiusM + Math.min(forecourtM, Math.ceil(distanceM(place, address))) };
}
