import assert from "node:assert/strict";
import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import { type Mission, type MissionStop, type StopKind, waitLimitsMs } from "@kerbside/proto/robot/mission";
import type { MissionStatus } from "@kerbside/proto/routes/operations";
import { inOrder, type MissionFact } from "./trip.ts";
import { type Leg, type Spot, thereM, wayToHub, wayToStore } from "./way.ts";

/** What one robot is to do for one attempt at a delivery, as deliveries told it. */
export interface Errand {
  readonly attemptId: string;
  readonly deliveryId: string;
  readonly robotId: string;
  readonly fencingToken: number;
  readonly compartment: number;
  readonly pickup: Place;
  readonly dropoff: Place;
  readonly hub: Place;
  readonly legs: readonly Leg[];
}

/** The names and the time of a new mission. */
export interface Birth {
  readonly missionId: string;
  readonly tripId: string;
  readonly nowMs: number;
}

/** How far a mission has come, as far as the robot has told. */
export interface Progress {
  readonly status: MissionStatus;
  readonly reason: string | null;
  readonly headsFor: StopKind | null;
  readonly isAtStop: boolean;
  readonly endedAtMs: number | null;
}

/** To the store, to the customer, to the hub. */
export function deliveryMission(errand: Errand, birth: Birth): Mission {
  const { legs } = errand;
  return mission(errand, birth, [
    stop("pickup", errand.pickup, lineTo(legs, "pickup"), waitLimitsMs.pickup),
    stop("dropoff", errand.dropoff, lineTo(legs, "dropoff"), waitLimitsMs.dropoff),
    stop("hub", errand.hub, lineTo(legs, "hub"), null),
  ]);
}

/** Back to the store with what nobody took, as it came, then to the hub. */
export function returnMission(errand: Errand, birth: Birth, spot: Spot): Mission {
  const atStore: Spot = { leg: "dropoff", place: errand.pickup };
  return mission(errand, birth, [
    stop("return", errand.pickup, wayToStore(errand.legs, spot, errand.pickup), null),
    stop("hub", errand.hub, wayToHub(errand.legs, atStore, errand.hub), null),
  ]);
}

/**
 * To the hub and nothing else, along the legs of the mission before. It names the delivery only while its goods are
 * aboard: a robot that carries something refuses every mission that is not about it.
 */
export function hubMission(
  errand: Errand,
  birth: Birth,
  from: { spot: Spot; legs: readonly Leg[]; isLoaded: boolean },
): Mission {
  const way = stop("hub", errand.hub, wayToHub(from.legs, from.spot, errand.hub), null);
  const home = mission(errand, birth, [way]);
  return from.isLoaded ? home : { ...home, delivery_id: null, attempt_id: null, fencing_token: null };
}

export function legsOf({ stops }: Pick<Mission, "stops">): readonly Leg[] {
  return stops.map(({ kind, route }) => ({ to: kind, line: route }));
}

/** What became of a mission. The robot's word about the end outranks ours, but for an end that we brought about. */
export function progressOf(
  facts: readonly MissionFact[],
  withdrawn: { readonly reason: string; readonly atMs: number } | null,
): Progress {
  const told = inOrder(facts);
  const last = told.at(-1);
  const end = told.find(({ happened }) => happened === "completed" || happened === "aborted" || happened === "refused");
  const gone = { headsFor: null, isAtStop: false };
  if (withdrawn && (!end || end.happened === "aborted")) {
    return { status: "withdrawn", reason: withdrawn.reason, ...gone, endedAtMs: withdrawn.atMs };
  }
  if (end && end.happened !== "stop_completed") {
    return { status: statusOf(end), reason: end.reason, ...gone, endedAtMs: end.atMs };
  }
  const isAtStop = last?.happened === "arrived" || last?.happened === "stop_completed";
  return {
    status: last ? "accepted" : "issued",
    reason: null,
    headsFor: last?.stop ?? null,
    isAtStop,
    endedAtMs: null,
  };
}

/** Where the robot was when it last spoke of this mission; where the plan begins before it did. */
export function spotOf({ stops }: Pick<Mission, "stops">, facts: readonly MissionFact[]): Spot {
  const last = inOrder(facts).findLast((fact) => fact.place !== null && fact.stop !== null);
  if (last?.place && last.stop) return { leg: last.stop, place: last.place };
  const first = stops[0];
  assert(first, "a mission has at least one stop");
  return { leg: first.kind, place: first.route[0] ?? first.place };
}

/** Whether the goods are in the robot, by what it told of its stops. */
export function isLoadedBy({ stops, delivery_id }: Mission, facts: readonly MissionFact[]): boolean {
  let isLoaded = delivery_id !== null && stops[0]?.kind !== "pickup";
  for (const { happened, stop } of inOrder(facts)) {
    if (stop === "pickup" && happened === "stop_completed") isLoaded = true;
    if (stop === "dropoff" || stop === "return") isLoaded = happened !== "stop_completed";
  }
  return isLoaded;
}

export function isAtHub(spot: Spot, hub: Place): boolean {
  return distanceM(spot.place, hub) <= thereM;
}

function mission(errand: Errand, birth: Birth, stops: MissionStop[]): Mission {
  return {
    v: 1,
    mission_id: birth.missionId,
    robot_id: errand.robotId,
    trip_id: birth.tripId,
    delivery_id: errand.deliveryId,
    attempt_id: errand.attemptId,
    fencing_token: errand.fencingToken,
    compartment: errand.compartment,
    stops,
    issued_at: birth.nowMs,
  };
}

function stop(kind: StopKind, place: Place, route: readonly Place[] | null, waitLimitMs: number | null): MissionStop {
  return { kind, place, route: [...(route ?? [place])], wait_limit_ms: waitLimitMs };
}

function lineTo(legs: readonly Leg[], to: StopKind): readonly Place[] | null {
  return legs.find((leg) => leg.to === to)?.line ?? null;
}

function statusOf({ happened }: MissionFact): MissionStatus {
  return happened === "completed" || happened === "refused" ? happened : "aborted";
}
