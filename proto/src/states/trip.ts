import type { Table } from "./table.ts";

/** States of a trip (MDS 2.0, mode delivery-robots). */
export const tripStates = ["planned", "reserved", "stopped", "on_trip", "ended", "cancelled"] as const;
export type TripState = (typeof tripStates)[number];

export const tripEvents = ["reserved", "stopped", "departed", "ended", "cancelled"] as const;
export type TripEvent = (typeof tripEvents)[number];

/** As MDS has it, a trip ends and is cancelled standing still: a moving robot stops first. */
export const tripTable: Table<TripState, TripEvent> = {
  title: "The trip",
  summary: "One purpose of movement by one robot.",
  initial: "planned",
  states: {
    planned: { text: "planned", tone: "neutral" },
    reserved: { text: "reserved", tone: "active" },
    stopped: { text: "standing at a stop", tone: "active" },
    on_trip: { text: "driving", tone: "active" },
    ended: { text: "over", tone: "good" },
    cancelled: { text: "cancelled", tone: "neutral" },
  },
  events: {
    reserved: "Reserve",
    stopped: "Stop",
    departed: "Depart",
    ended: "End",
    cancelled: "Cancel",
  },
  steps: {
    planned: { reserved: "reserved", stopped: null, departed: null, ended: null, cancelled: "cancelled" },
    reserved: { reserved: null, stopped: "stopped", departed: null, ended: null, cancelled: "cancelled" },
    stopped: { reserved: null, stopped: null, departed: "on_trip", ended: "ended", cancelled: "cancelled" },
    on_trip: { reserved: null, stopped: "stopped", departed: null, ended: null, cancelled: null },
    ended: { reserved: null, stopped: null, departed: null, ended: null, cancelled: null },
    cancelled: { reserved: null, stopped: null, departed: null, ended: null, cancelled: null },
  },
};

/** What a trip is for (MDS). */
export const tripTypes = ["delivery", "return", "advertising", "mapping", "roaming"] as const;
export type TripType = (typeof tripTypes)[number];

/** What is laid over a trip's state and never replaces it (MDS). */
export const tripOverlays = ["elsewhere", "non_contactable", "missing"] as const;
export type TripOverlay = (typeof tripOverlays)[number];
