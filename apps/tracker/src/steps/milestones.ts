import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import type { DeliveryState } from "@kerbside/proto/states/delivery";

export interface Milestone {
  readonly text: string;
  /** When it was reached; null while it was not. */
  readonly at: string | null;
  /** `warn` for those that nobody hoped for. */
  readonly tone: "good" | "warn";
}

interface Known {
  readonly text: string;
  /** Any of these reaches it: a robot that waited at the store has been on its way all along. */
  readonly by: readonly DeliveryState[];
}

const hopedFor: readonly Known[] = [
  { text: "Ordered", by: ["created"] },
  { text: "Robot on its way to the store", by: ["enroute_to_pickup", "arrived_at_pickup"] },
  { text: "Loaded", by: ["picked_up"] },
  { text: "At your door", by: ["arrived_at_dropoff"] },
  { text: "Handed over", by: ["delivered"] },
];

/** How it goes on instead, once it does not end as hoped. */
const otherwise: Partial<Record<DeliveryState, readonly Known[]>> = {
  enroute_to_return: [
    { text: "On its way back to the store", by: ["enroute_to_return"] },
    { text: "Back at the store", by: ["arrived_at_return", "returned"] },
  ],
  cancelled: [{ text: "Cancelled", by: ["cancelled"] }],
  failed: [{ text: "Failed", by: ["failed"] }],
};

/** The milestones with the time of each. What was hoped for and will not come is left out. */
export function milestonesOf({ state, steps }: Pick<TrackingView, "state" | "steps">): readonly Milestone[] {
  const atOf = ({ by }: Known): string | null => steps.find((step) => by.includes(step.state))?.at ?? null;
  const reach = (tone: Milestone["tone"]) => (known: Known) => ({ text: known.text, at: atOf(known), tone });
  const turn = otherwise[turnOf(state)];
  const hoped = hopedFor.map(reach("good"));
  return turn ? [...hoped.filter(({ at }) => at !== null), ...turn.map(reach("warn"))] : hoped;
}

function turnOf(state: DeliveryState): DeliveryState {
  return state === "arrived_at_return" || state === "returned" ? "enroute_to_return" : state;
}
