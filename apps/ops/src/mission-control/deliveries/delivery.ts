import { labelOf, type Label } from "@kerbside/apps-kit/state/tone.ts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { isState, isTerminal } from "@kerbside/proto/states/table";

export const deliveryGroups = ["waiting", "underway", "problem", "ended"] as const;
export type DeliveryGroup = (typeof deliveryGroups)[number];

export const deliveryGroupTexts: Readonly<Record<DeliveryGroup, string>> = {
  waiting: "Waiting",
  underway: "Under way",
  problem: "Need a look",
  ended: "Ended today",
};

export function deliveryLabel({
  state,
  cancel_requested: isCancelling,
}: Pick<DeliveryLive, "state" | "cancel_requested">): Label {
  const label = labelOf(deliveryTable, state);
  return isCancelling && !hasEnded(state) ? { text: `${label.text}, to be cancelled`, tone: "warn" } : label;
}

export function hasEnded(state: string): boolean {
  return isState(deliveryTable, state) && isTerminal(deliveryTable, state);
}

export function deliveryGroupOf(delivery: DeliveryLive): DeliveryGroup {
  if (hasEnded(delivery.state)) return "ended";
  const { tone } = deliveryLabel(delivery);
  if (tone === "warn" || tone === "bad") return "problem";
  return delivery.state === "created" ? "waiting" : "underway";
}

/** Deliveries in which what was typed occurs, in the group; the newest first. Ended ones only where they are asked for. */
export function pickDeliveries(
  deliveries: Iterable<DeliveryLive>,
  { search, group }: { readonly search: string; readonly group: string | null },
): readonly DeliveryLive[] {
  const wanted = search.trim().toLowerCase();
  return [...deliveries]
    .filter((delivery) => (group === null ? !hasEnded(delivery.state) : deliveryGroupOf(delivery) === group))
    .filter((delivery) => wanted === "" || searchedIn(delivery).some((text) => text.toLowerCase().includes(wanted)))
    .sort((a, b) => b.created_at.localeCompare(a.created_at));
}

export function countDeliveries(deliveries: Iterable<DeliveryLive>): Readonly<Record<DeliveryGroup, number>> {
  const counts = { waiting: 0, underway: 0, problem: 0, ended: 0 };
  for (const delivery of deliveries) counts[deliveryGroupOf(delivery)] += 1;
  return counts;
}

function searchedIn(delivery: DeliveryLive): readonly string[] {
  const { merchant_name, dropoff_text, pickup_text, external_id, robot_name, delivery_id } = delivery;
  return [merchant_name, dropoff_text, pickup_text, external_id ?? "", robot_name ?? "", delivery_id];
}
