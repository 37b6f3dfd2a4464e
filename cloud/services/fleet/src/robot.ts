import type { Place } from "@kerbside/proto/base/place";

/** What the fleet knows of one robot. Null is unknown, which never counts as good. */
export interface Robot {
  readonly robotId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly marketId: string;
  readonly hubId: string;
  readonly compartments: number;
  readonly isRevoked: boolean;
  readonly service: string;
  readonly operationalState: string | null;
  readonly motionSafety: string | null;
  readonly lid: string | null;
  readonly lidFlags: readonly string[];
  readonly connectivity: string;
  readonly batteryPct: number | null;
  readonly place: Place | null;
  readonly measuredAtMs: number | null;
  /** The delivery of the mission it is on. */
  readonly deliveryId: string | null;
  /** The attempt it was assigned to, from before it has heard of it until that attempt ends. */
  readonly attemptId: string | null;
  /** Position of the last word heard on each subject, so that what arrives late or twice changes nothing. */
  readonly heard: Readonly<Record<string, Position>>;
}

/** (epoch, seq) of a journal, or (0, seq) of our own outbox. */
export type Position = readonly [number, number];

export function newRobot(
  enrolled: Pick<Robot, "robotId" | "organizationId" | "name" | "marketId" | "hubId" | "compartments">,
): Robot {
  return {
    ...enrolled,
    isRevoked: false,
    service: "out_of_service",
    operationalState: null,
    motionSafety: null,
    lid: null,
    lidFlags: [],
    connectivity: "never_seen",
    batteryPct: null,
    place: null,
    measuredAtMs: null,
    deliveryId: null,
    attemptId: null,
    heard: {},
  };
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
