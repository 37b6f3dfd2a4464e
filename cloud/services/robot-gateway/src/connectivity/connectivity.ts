import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import {
  type ConnectivityEvent,
  type ConnectivityState,
  connectivityDefaults,
  connectivityTable,
} from "@kerbside/proto/states/connectivity";
import { next } from "@kerbside/proto/states/table";

/** The link of one robot as the cloud sees it. */
export interface Connectivity {
  readonly state: ConnectivityState;
  readonly sinceMs: number;
  /** When the cloud has to decide something by itself; null for never. */
  readonly dueAtMs: number | null;
  /** The robot's clock at its last connect and at the one before: tells this connection's will from an older one's. */
  readonly connectedAtMs: number | null;
  readonly connectedBeforeAtMs: number | null;
}

export type LinkInput =
  | { readonly type: "link"; readonly message: LinkMessage }
  /** Data came from a robot that was thought away. */
  | { readonly type: "heard" }
  /** We came back to the broker, and after a while there was no trace of it. */
  | { readonly type: "unheard" }
  | { readonly type: "due"; readonly locatedAtMs: number | null };

export function neverSeen(nowMs: number): Connectivity {
  return { state: "never_seen", sinceMs: nowMs, dueAtMs: null, connectedAtMs: null, connectedBeforeAtMs: null };
}

export function isInTouch(state: ConnectivityState): boolean {
  return state === "online" || state === "degraded";
}

export function stepConnectivity(link: Connectivity, input: LinkInput, nowMs: number): Connectivity {
  switch (input.type) {
    case "link":
      return hear(link, input.message, nowMs);
    case "heard":
      return isInTouch(link.state) ? link : take(link, "connected", null, nowMs);
    case "unheard":
      return take(link, "link_broke", nowMs + connectivityDefaults.nonContactableAfterMs, nowMs);
    case "due":
      return decide(link, input.locatedAtMs, nowMs);
  }
}

function hear(link: Connectivity, message: LinkMessage, nowMs: number): Connectivity {
  switch (message.state) {
    case "online":
      return message.rtt_ms === undefined && message.loss === undefined
        ? connect(link, message.at, nowMs)
        : measure(link, message, nowMs);
    case "offline":
      return take(link, "said_goodbye", message.back_at ?? null, nowMs);
    case "hibernating":
      return take(link, "fell_asleep", message.back_at ?? null, nowMs);
    case "connection_broken": {
      // After a takeover the broker speaks the will of the connection that was replaced.
      const isOfOlderConnection = link.connectedBeforeAtMs !== null && message.at <= link.connectedBeforeAtMs;
      if (isOfOlderConnection) return link;
      return take(link, "link_broke", nowMs + connectivityDefaults.nonContactableAfterMs, nowMs);
    }
  }
}

/** Also takes a link that was measured as poor back to online: a new connection has to be measured anew. */
function connect(link: Connectivity, atMs: number, nowMs: number): Connectivity {
  const online = take(link, "connected", null, nowMs);
  if (atMs === link.connectedAtMs) return online;
  // A clock that went back says nothing about the order of connections.
  const isForward = link.connectedAtMs !== null && atMs > link.connectedAtMs;
  return { ...online, connectedAtMs: atMs, connectedBeforeAtMs: isForward ? link.connectedAtMs : null };
}

function measure(link: Connectivity, { rtt_ms = 0, loss = 0 }: LinkMessage, nowMs: number): Connectivity {
  const { degradedRttMs, degradedLossShare } = connectivityDefaults;
  if (!isInTouch(link.state)) return take(link, "connected", null, nowMs);
  const isPoor = rtt_ms > degradedRttMs || loss > degradedLossShare;
  return take(link, isPoor ? "link_worsened" : "link_recovered", null, nowMs);
}

function decide(link: Connectivity, locatedAtMs: number | null, nowMs: number): Connectivity {
  if (link.dueAtMs === null || nowMs < link.dueAtMs) return link;
  const { missingAfterMs } = connectivityDefaults;
  if (link.state !== "non_contactable") return take(link, "went_silent", nowMs + missingAfterMs, nowMs);
  const lostAtMs = (locatedAtMs ?? 0) + missingAfterMs;
  return nowMs < lostAtMs ? { ...link, dueAtMs: lostAtMs } : take(link, "not_located", null, nowMs);
}

/** Takes the step if it is legal; otherwise the link is where it was. */
function take(link: Connectivity, event: ConnectivityEvent, dueAtMs: number | null, nowMs: number): Connectivity {
  const step = next(connectivityTable, link.state, event);
  return step.ok ? { ...link, state: step.value, sinceMs: nowMs, dueAtMs } : link;
}
