import { fromInstant } from "@kerbside/proto/base/time";
import type { DeliveryState } from "@kerbside/proto/states/delivery";

/** What a human has to look at. The first ones the watchdog sees by itself; the last a robot's report brings up. */
export const incidentKinds = [
  "no_robot",
  "not_departed",
  "late_to_pickup",
  "not_loaded",
  "late_to_dropoff",
  "not_collected",
  "late_to_return",
  "not_unloaded",
  "cancel_unanswered",
  "evidence_contradicts",
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** How long a delivery may stay where it is, milliseconds, or beyond the time it was expected. */
export interface WatchLimits {
  readonly noRobotMs: number;
  readonly notDepartedMs: number;
  readonly overdueMs: number;
  readonly waitingMs: number;
  readonly returnMs: number;
  readonly cancelMs: number;
  /** A robot that has not loaded yet and cannot be reached, or cannot move, for this long is taken off. */
  readonly unreachableMs: number;
  readonly stoppedMs: number;
}

export const watchDefaults: WatchLimits = {
  noRobotMs: 15 * 60_000,
  notDepartedMs: 5 * 60_000,
  overdueMs: 15 * 60_000,
  waitingMs: 15 * 60_000,
  returnMs: 45 * 60_000,
  cancelMs: 2 * 60_000,
  unreachableMs: 5 * 60_000,
  stoppedMs: 5 * 60_000,
};

export interface Watched {
  readonly state: DeliveryState;
  readonly progressAtMs: number;
  readonly cancelRequestedAtMs: number | null;
  /** When the step under way should be over, as it was foreseen when it began; estimates move on with a slow robot. */
  readonly dueAtMs: number | null;
}

/** A robot as its last words have it. Null where it has said nothing. */
export interface Condition {
  readonly connectivity: string | null;
  readonly connectivitySinceMs: number | null;
  readonly motionSafety: string | null;
  readonly motionSafetySinceMs: number | null;
  readonly service: string | null;
  readonly operationalState: string | null;
  readonly operationalStateSinceMs: number | null;
  readonly isRevoked: boolean;
  /** Its journal shows signs of a copied disk: it opens for nobody until it is enrolled anew. */
  readonly isSuspected: boolean;
}

/** What stands still for too long, in words; null while it moves. */
export function whatIsStuck(
  delivery: Watched,
  nowMs: number,
  limits: WatchLimits,
): { readonly kind: IncidentKind; readonly detail: string } | null {
  const { state, progressAtMs, cancelRequestedAtMs } = delivery;
  if (cancelRequestedAtMs !== null && nowMs - cancelRequestedAtMs > limits.cancelMs) {
    return { kind: "cancel_unanswered", detail: "no robot has shown yet that it heard of the cancel" };
  }
  const limit = limitAt(delivery, limits);
  if (!limit || nowMs - Math.max(progressAtMs, limit.fromMs) <= limit.forMs) return null;
  return { kind: limit.kind, detail: `${state} since ${minutes(nowMs - progressAtMs)} min` };
}

/** Why a robot is of no use to a delivery that it has not loaded; null while it may still come. */
export function whyUseless(robot: Condition, nowMs: number, limits: WatchLimits): string | null {
  if (robot.isRevoked) return "robot_revoked";
  if (robot.isSuspected) return "robot_suspected";
  if (robot.service !== null && robot.service !== "in_service") return "robot_out_of_service";
  const { connectivity, connectivitySinceMs, motionSafety, motionSafetySinceMs } = robot;
  if (isAway(connectivity) && isOver(connectivitySinceMs, nowMs, limits.unreachableMs)) {
    return "robot_unreachable";
  }
  if (isHelpless(motionSafety) && isOver(motionSafetySinceMs, nowMs, limits.stoppedMs)) {
    return "robot_cannot_move";
  }
  const { operationalState, operationalStateSinceMs } = robot;
  if (isBroken(operationalState) && isOver(operationalStateSinceMs, nowMs, limits.stoppedMs)) return "robot_in_error";
  return null;
}

/** The watchdog may take the robot off only where nothing was loaded and nobody waits for the robot's word. */
export const isLeftByUselessRobot: ReadonlySet<DeliveryState> = new Set([
  "confirmed",
  "enroute_to_pickup",
  "arrived_at_pickup",
] as const);

/** Nobody can reach it, whatever the reason is called. */
export function isAway(connectivity: string | null): boolean {
  return connectivity !== null && away.has(connectivity);
}

/** It will not drive on before somebody sees to it. */
export function isHelpless(motionSafety: string | null): boolean {
  return motionSafety !== null && helpless.has(motionSafety);
}

/** It takes no step of its mission before somebody sees to it. */
export function isBroken(operationalState: string | null): boolean {
  return operationalState === "error" || operationalState === "shutdown";
}

const away: ReadonlySet<string> = new Set(["offline", "connection_broken", "non_contactable", "missing"]);
const helpless: ReadonlySet<string> = new Set(["e_stop", "tipped_over", "lifted"]);

function limitAt(
  { state, dueAtMs }: Watched,
  limits: WatchLimits,
): { readonly kind: IncidentKind; readonly fromMs: number; readonly forMs: number } | null {
  switch (state) {
    case "created":
      return { kind: "no_robot", fromMs: 0, forMs: limits.noRobotMs };
    case "confirmed":
      return { kind: "not_departed", fromMs: 0, forMs: limits.notDepartedMs };
    case "enroute_to_pickup":
      return { kind: "late_to_pickup", fromMs: dueAtMs ?? 0, forMs: limits.overdueMs };
    case "arrived_at_pickup":
      return { kind: "not_loaded", fromMs: 0, forMs: limits.waitingMs };
    case "picked_up":
    case "enroute_to_dropoff":
      return { kind: "late_to_dropoff", fromMs: dueAtMs ?? 0, forMs: limits.overdueMs };
    case "arrived_at_dropoff":
      return { kind: "not_collected", fromMs: 0, forMs: limits.waitingMs };
    case "enroute_to_return":
      return { kind: "late_to_return", fromMs: 0, forMs: limits.returnMs };
    case "arrived_at_return":
      return { kind: "not_unloaded", fromMs: 0, forMs: limits.waitingMs };
    case "delivered":
    case "returned":
    case "cancelled":
    case "failed":
      return null;
  }
}

function isOver(sinceMs: number | null, nowMs: number, limitMs: number): boolean {
  return sinceMs !== null && nowMs - sinceMs > limitMs;
}

function minutes(durationMs: number): number {
  return Math.floor(durationMs / 60_000);
}

/** Told again each time it has stood twice as long, a limited number of times. */
export function isToRaise(
  incident: { readonly level: number; readonly opened_at: string; readonly raised_at: string },
  nowMs: number,
): boolean {
  const stoodMs = fromInstant(incident.raised_at) - fromInstant(incident.opened_at);
  return incident.level < levelMax && nowMs - fromInstant(incident.raised_at) >= Math.max(firstRaiseMs, stoodMs);
}

const levelMax = 5;
const firstRaiseMs = 10 * 60_000;
