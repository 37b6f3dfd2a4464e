import type { MapPin } from "@kerbside/apps-kit/map/live-map.browser.ts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import type { Selection } from "../view/view.ts";
import { hasEnded } from "./deliveries/delivery.ts";
import type { Robot } from "./robots/robot.ts";

/** What the map lights: a robot, and the delivery that it carries or that was chosen. */
export interface Lit {
  readonly robot: Robot | null;
  readonly delivery: DeliveryLive | null;
}

export interface Known {
  readonly robots: ReadonlyMap<string, Robot>;
  readonly deliveries: ReadonlyMap<string, DeliveryLive>;
}

/** A robot lights its delivery, and a delivery that has not ended its robot. */
export function litBy(selected: Selection | null, { robots, deliveries }: Known): Lit {
  if (selected?.kind === "robot") {
    const robot = robots.get(selected.id) ?? null;
    return { robot, delivery: deliveries.get(robot?.latest.delivery_id ?? "") ?? null };
  }
  const delivery = selected?.kind === "delivery" ? (deliveries.get(selected.id) ?? null) : null;
  const isOpen = delivery !== null && !hasEnded(delivery.state);
  return { robot: (isOpen && robots.get(delivery.robot_id ?? "")) || null, delivery };
}

export function stopPins(delivery: DeliveryLive | null): readonly MapPin[] {
  if (!delivery) return [];
  const { delivery_id: id } = delivery;
  return [
    {
      id: `${id}/pickup`,
      kind: "pickup",
      place: { lat: delivery.pickup_lat, lng: delivery.pickup_lng },
      name: "Pick-up",
    },
    {
      id: `${id}/dropoff`,
      kind: "dropoff",
      place: { lat: delivery.dropoff_lat, lng: delivery.dropoff_lng },
      name: "Drop-off",
    },
  ];
}
