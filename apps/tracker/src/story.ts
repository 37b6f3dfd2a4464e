import type { Tone } from "@kerbside/proto/states/table";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";

/** What the customer reads first: one sentence, and what happens next. */
export interface Story {
  readonly sentence: string;
  readonly next: string;
  readonly tone: Tone;
}

type Told = Pick<TrackingView, "scope" | "state" | "robot_name" | "merchant_name" | "cancel_requested">;

/** The state of a delivery in the customer's words. */
export function storyOf({
  scope,
  state,
  robot_name: name,
  merchant_name: merchant,
  cancel_requested: isCancelling,
}: Told): Story {
  const robot = name ?? "A robot";
  const mayOpen = scope === "unlock";
  if (isCancelling && !["delivered", "returned", "cancelled", "failed"].includes(state)) {
    return {
      sentence: "Your order is being cancelled",
      next: `${merchant} or its partner asked for it. You need not do anything.`,
      tone: "warn",
    };
  }
  switch (state) {
    case "created":
      return { sentence: `${merchant} has your order`, next: "A robot is being found for it.", tone: "neutral" };
    case "confirmed":
    case "enroute_to_pickup":
      return {
        sentence: `${robot} is on its way to ${merchant}`,
        next: "The store loads it, then it drives to you.",
        tone: "active",
      };
    case "arrived_at_pickup":
      return {
        sentence: `${robot} is being loaded`,
        next: "It drives to you as soon as its lid is closed.",
        tone: "active",
      };
    case "picked_up":
    case "enroute_to_dropoff":
      return {
        sentence: `${robot} is on its way to you`,
        next: mayOpen
          ? "Meet it at the kerb; you open it with this page."
          : "Whoever ordered meets it at the kerb and opens it.",
        tone: "active",
      };
    case "arrived_at_dropoff":
      return {
        sentence: `${robot} is here`,
        next: mayOpen
          ? "Go to it and open the lid. If nobody comes in time, it takes your order back to the store."
          : "Whoever ordered can open it now. If nobody comes in time, it goes back to the store.",
        tone: "good",
      };
    case "delivered":
      return { sentence: "Delivered", next: "Enjoy. The robot is on its way home.", tone: "good" };
    case "enroute_to_return":
    case "arrived_at_return":
      return {
        sentence: "Your order is going back to the store",
        next: `Nobody came to the robot, or it could not reach you. Call ${merchant} to order again.`,
        tone: "warn",
      };
    case "returned":
      return { sentence: "Your order went back to the store", next: `Call ${merchant} to order again.`, tone: "warn" };
    case "cancelled":
      return {
        sentence: "This delivery was cancelled",
        next: `Ask ${merchant} if that surprises you.`,
        tone: "neutral",
      };
    case "failed":
      return {
        sentence: "This delivery failed",
        next: `We are sorry. ${merchant} can tell you what happens now.`,
        tone: "bad",
      };
  }
}
