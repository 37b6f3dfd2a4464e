import type { Place } from "@kerbside/proto/base/place";
import { motionTable } from "@kerbside/proto/states/robot-motion";

/** What the fleet knows of one robot. Null is unknown, which never counts as good. */
export interface Robot {
  readonly robotId: string;
  readonly organizationId: string;
  /** Null while others speak of a robot whose enrolment is still on its way here. */
  readonly enrolment: Enrolment | null;
  readonly isRevoked: boolean;
  /** What speaks for a copied disk, until the robot is enrolled anew. */
  readonly suspicion: Suspicion | null;
  readonly service: string;
  readonly operationalState: string | null;
  readonly motionSafety: string;
  /** By compartment; a lid that said nothing yet is not there. */
  readonly lids: Readonly<Record<string, LidWord>>;
  readonly connectivity: string;
  readonly batteryPct: number | null;
  readonly place: Place | null;
  readonly measuredAtMs: number | null;
  /** The delivery it was assigned to, from before it has heard of it until that attempt ends. */
  readonly deliveryId: string | null;
  /** The delivery whose goods are aboard, which may outlast the attempt at it. */
  readonly carries: string | null;
  /** Position of the last word heard on each subject, so that what arrives late or twice changes nothing. */
  readonly heard: Readonly<Record<string, Position>>;
}

export interface Enrolment {
  readonly name: string;
  readonly marketId: string;
  readonly hubId: string;
  readonly compartments: number;
}

export interface Suspicion {
  readonly kind: string;
  readonly atMs: number;
}

export interface LidWord {
  readonly state: string;
  readonly flags: readonly string[];
}

/** (epoch, seq) of a journal, or (0, seq) of an outbox. */
export type Position = readonly [number, number];

/** A robot tells of its motion safety when it changes, so that until then it is what every robot begins with. */
export function newRobot(robotId: string, organizationId: string): Robot {
  return {
    robotId,
    organizationId,
    enrolment: null,
    isRevoked: false,
    suspicion: null,
    service: "out_of_service",
    operationalState: null,
    motionSafety: motionTable.initial,
    lids: {},
    connectivity: "never_seen",
    batteryPct: null,
    place: null,
    measuredAtMs: null,
    deliveryId: null,
    carries: null,
    heard: {},
  };
}

/** A robot that enrols again, with a new disk, is the one that is known, and trusted once more. */
export function enrol(robot: Robot, enrolment: Enrolment, atMs: number): Robot {
  const isCleared = robot.suspicion === null || robot.suspicion.atMs <= atMs;
  const heard = { ...robot.heard, enrolment: [0, atMs] as const };
  return { ...robot, enrolment, isRevoked: false, suspicion: isCleared ? null : robot.suspicion, heard };
}

/** Enrolment and suspicion come from two services in any order; what was suspected of the last disk says nothing of this one. */
export function suspect(robot: Robot, suspicion: Suspicion): Robot {
  const [, enrolledAtMs] = robot.heard["enrolment"] ?? [0, 0];
  return robot.suspicion !== null || enrolledAtMs > suspicion.atMs ? robot : { ...robot, suspicion };
}

/** The lid that stands most in the way: any that is not locked before any that is; null before one was heard of. */
export function lidOf({ lids }: Pick<Robot, "lids">): LidWord | null {
  const words = Object.values(lids);
  const state = words.find(({ state }) => state !== "closed_locked")?.state ?? words[0]?.state;
  return state === undefined ? null : { state, flags: [...new Set(words.flatMap(({ flags }) => flags))] };
}

/** Takes note of a word on one subject, unless a later one was heard; then the robot is returned as it is. */
export function hear(robot: Robot, subject: string, at: Position, change: Partial<Robot>): Robot {
  const before = robot.heard[subject];
  if (before && !isAfter(at, before)) return robot;
  return { ...robot, ...change, heard: { ...robot.heard, [subject]: at } };
}

function isAfter(a: Position, b: Position): boolean {
  return a[0] === b[0] ? a[1] > b[1] : a[0] > b[0];
}
