import type { Table } from "./table.ts";

/** The life of a request that a robot change its state. */
export const transitionRequestStates = [
  "requested",
  "accepted",
  "rejected",
  "applied",
  "superseded",
  "expired",
] as const;
export type TransitionRequestState = (typeof transitionRequestStates)[number];

export const transitionRequestEvents = ["accepted", "rejected", "applied", "superseded", "expired"] as const;
export type TransitionRequestEvent = (typeof transitionRequestEvents)[number];

/** A refusal carries its reason; `applied` is only what the robot itself reported. */
export const transitionRequestTable: Table<TransitionRequestState, TransitionRequestEvent> = {
  title: "The transition request",
  summary: "Somebody asks a robot to change a dimension of its state.",
  initial: "requested",
  states: {
    requested: { text: "requested", tone: "active" },
    accepted: { text: "accepted", tone: "active" },
    rejected: { text: "refused", tone: "bad" },
    applied: { text: "applied", tone: "good" },
    superseded: { text: "replaced", tone: "neutral" },
    expired: { text: "expired", tone: "warn" },
  },
  events: {
    accepted: "Accept",
    rejected: "Refuse",
    applied: "Apply",
    superseded: "Replace",
    expired: "Let expire",
  },
  steps: {
    requested: { accepted: "accepted", rejected: "rejected", applied: null, superseded: null, expired: null },
    accepted: { accepted: null, rejected: null, applied: "applied", superseded: "superseded", expired: "expired" },
    rejected: { accepted: null, rejected: null, applied: null, superseded: null, expired: null },
    applied: { accepted: null, rejected: null, applied: null, superseded: null, expired: null },
    superseded: { accepted: null, rejected: null, applied: null, superseded: null, expired: null },
    expired: { accepted: null, rejected: null, applied: null, superseded: null, expired: null },
  },
};
