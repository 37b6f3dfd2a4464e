import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { isLegal, isState, whyNot } from "@kerbside/proto/states/table";
import { hasEnded } from "../deliveries/delivery.ts";

export interface Cancelling {
  readonly label: string;
  readonly consequence: string;
  /** Why it cannot be asked for; null when it can. */
  readonly whyNot: string | null;
}

/** What cancelling means for a delivery in this state: before loading it ends, after loading the goods go back. */
export function cancelling({ state, cancel_requested: isAsked, robot_name: robot }: DeliveryLive): Cancelling {
  const who = robot ?? "The robot";
  if (!isState(deliveryTable, state))
    return { label: "Cancel delivery", consequence: "", whyNot: `This page does not know the state “${state}”.` };
  if (isLegal(deliveryTable, state, "cancelled")) {
    return {
      label: "Cancel delivery",
      consequence: `The delivery ends and the customer is told. ${who} is free once it has confirmed that it will not be loaded.`,
      whyNot: isAsked ? "It was asked for; the robot has to confirm first." : null,
    };
  }
  return {
    label: "Send goods back",
    consequence: `${who} turns round and brings the goods back to the store. The customer is told.`,
    whyNot: isAsked
      ? "It was asked for already."
      : hasEnded(state) || !isLegal(deliveryTable, state, "return_started")
        ? whyNot(deliveryTable, state, "return_started")
        : null,
  };
}
