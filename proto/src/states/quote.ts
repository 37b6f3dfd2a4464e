import type { Table } from "./table.ts";

/** States of a priced, time-boxed offer. */
export const quoteStates = [
  "requested",
  "offered",
  "declined",
  "accepted",
  "expired",
  "withdrawn",
  "superseded",
] as const;
export type QuoteState = (typeof quoteStates)[number];

export const quoteEvents = ["offered", "declined", "accepted", "expired", "withdrawn", "superseded"] as const;
export type QuoteEvent = (typeof quoteEvents)[number];

/** A quote is used at most once. */
export const quoteTable: Table<QuoteState, QuoteEvent> = {
  title: "The quote",
  summary: "A priced, time-boxed offer to deliver.",
  initial: "requested",
  states: {
    requested: { text: "being worked out", tone: "active" },
    offered: { text: "open", tone: "active" },
    declined: { text: "declined", tone: "neutral" },
    accepted: { text: "used", tone: "good" },
    expired: { text: "expired", tone: "neutral" },
    withdrawn: { text: "withdrawn", tone: "neutral" },
    superseded: { text: "replaced by a newer one", tone: "neutral" },
  },
  events: {
    offered: "Offer",
    declined: "Decline",
    accepted: "Use",
    expired: "Let expire",
    withdrawn: "Withdraw",
    superseded: "Replace",
  },
  steps: {
    requested: {
      offered: "offered",
      declined: "declined",
      accepted: null,
      expired: null,
      withdrawn: null,
      superseded: null,
    },
    offered: {
      offered: null,
      declined: null,
      accepted: "accepted",
      expired: "expired",
      withdrawn: "withdrawn",
      superseded: "superseded",
    },
    declined: { offered: null, declined: null, accepted: null, expired: null, withdrawn: null, superseded: null },
    accepted: { offered: null, declined: null, accepted: null, expired: null, withdrawn: null, superseded: null },
    expired: { offered: null, declined: null, accepted: null, expired: null, withdrawn: null, superseded: null },
    withdrawn: { offered: null, declined: null, accepted: null, expired: null, withdrawn: null, superseded: null },
    superseded: { offered: null, declined: null, accepted: null, expired: null, withdrawn: null, superseded: null },
  },
};
