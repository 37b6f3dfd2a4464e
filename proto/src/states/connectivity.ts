import type { Table } from "./table.ts";

/** The link between a robot and the cloud (VDA 5050, MDS). It never says anything about the robot's work. */
export const connectivityStates = [
  "never_seen",
  "online",
  "degraded",
  "hibernating",
  "offline",
  "connection_broken",
  "non_contactable",
  "missing",
] as const;
export type ConnectivityState = (typeof connectivityStates)[number];

/**
 * `said_goodbye` is a coordinated end, `link_broke` the last will; `went_silent` and `not_located` are the cloud's own
 * deadlines.
 */
export const connectivityEvents = [
  "connected",
  "link_worsened",
  "link_recovered",
  "fell_asleep",
  "said_goodbye",
  "link_broke",
  "went_silent",
  "not_located",
] as const;
export type ConnectivityEvent = (typeof connectivityEvents)[number];

/** Begins as `never_seen`, which nothing leads back to. */
export const connectivityTable: Table<ConnectivityState, ConnectivityEvent> = {
  title: "The connection",
  summary: "The state of a robot's link to the cloud.",
  initial: "never_seen",
  states: {
    never_seen: { text: "never seen", tone: "neutral" },
    online: { text: "online", tone: "good" },
    degraded: { text: "poor", tone: "warn" },
    hibernating: { text: "asleep as announced", tone: "neutral" },
    offline: { text: "off as announced", tone: "neutral" },
    connection_broken: { text: "broken", tone: "warn" },
    non_contactable: { text: "out of reach", tone: "bad" },
    missing: { text: "lost, whereabouts unknown", tone: "bad" },
  },
  events: {
    connected: "Connect",
    link_worsened: "Link gets poor",
    link_recovered: "Link is good again",
    fell_asleep: "Sleep",
    said_goodbye: "Say goodbye",
    link_broke: "Link breaks",
    went_silent: "Silent for too long",
    not_located: "Seen by nobody for too long",
  },
  steps: {
    never_seen: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: null,
      not_located: null,
    },
    online: {
      connected: null,
      link_worsened: "degraded",
      link_recovered: null,
      fell_asleep: "hibernating",
      said_goodbye: "offline",
      link_broke: "connection_broken",
      went_silent: null,
      not_located: null,
    },
    degraded: {
      connected: "online",
      link_worsened: null,
      link_recovered: "online",
      fell_asleep: "hibernating",
      said_goodbye: "offline",
      link_broke: "connection_broken",
      went_silent: null,
      not_located: null,
    },
    hibernating: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: "non_contactable",
      not_located: null,
    },
    offline: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: "non_contactable",
      not_located: null,
    },
    connection_broken: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: "non_contactable",
      not_located: null,
    },
    non_contactable: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: null,
      not_located: "missing",
    },
    missing: {
      connected: "online",
      link_worsened: null,
      link_recovered: null,
      fell_asleep: null,
      said_goodbye: null,
      link_broke: null,
      went_silent: null,
      not_located: null,
    },
  },
};

/**
 * Defaults of the deadlines, milliseconds. A beat is a signal of the link (MQTT keepalive, last will), never a
 * heartbeat batch.
 */
export const connectivityDefaults = {
  keepaliveMs: 5_000,
  degradedRttMs: 1_000,
  degradedLossShare: 0.05,
  degradedMissedBeats: 2,
  nonContactableAfterMs: 60_000,
  missingAfterMs: 30 * 60_000,
} as const;

/** A value is stale after twice the interval that its robot declared. */
export function isStale(ageMs: number, declaredIntervalMs: number): boolean {
  return ageMs > 2 * declaredIntervalMs;
}
