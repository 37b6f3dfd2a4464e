import { freshness } from "@kerbside/apps-kit/time/age.ts";
import { labelOf, type Label } from "@kerbside/apps-kit/state/tone.ts";
import type { RobotLatest } from "@kerbside/proto/shapes/shapes";
import { connectivityTable } from "@kerbside/proto/states/connectivity";
import { operationalTable } from "@kerbside/proto/states/robot";
import { motionTable } from "@kerbside/proto/states/robot-motion";

/** One robot as mission control sees it now. */
export interface Robot {
  readonly id: string;
  readonly name: string;
  readonly latest: RobotLatest;
  /** When it was measured, milliseconds; null when the robot never spoke. */
  readonly atMs: number | null;
  readonly place: { readonly lat: number; readonly lng: number } | null;
}

export const robotGroups = ["attention", "working", "free", "away"] as const;
export type RobotGroup = (typeof robotGroups)[number];

export const robotGroupTexts: Readonly<Record<RobotGroup, string>> = {
  attention: "Need a look",
  working: "On a delivery",
  free: "Free",
  away: "Not connected",
};

const known = new WeakMap<RobotLatest, Robot>();

/** The same row gives the same object, so that a line whose robot said nothing new is not drawn again. */
export function robotOf(latest: RobotLatest): Robot {
  const robot = known.get(latest) ?? read(latest);
  known.set(latest, robot);
  return robot;
}

function read(latest: RobotLatest): Robot {
  const { lat, lng } = latest;
  return {
    id: latest.robot_id,
    name: latest.name,
    latest,
    atMs: latest.at === null ? null : Number(latest.at),
    place: lat === null || lng === null ? null : { lat, lng },
  };
}

/** The one line under a robot's name: what is wrong with it, or what it does. The worst comes first. */
export function headline({ latest }: Robot): Label {
  const [flag] = latest.lid_flags;
  if (flag !== undefined) return { text: `lid ${flag.replaceAll("_", " ")}`, tone: "bad" };
  const motion = labelOf(motionTable, latest.motion_safety);
  if (motion.tone === "bad" || motion.tone === "warn") return motion;
  if (isAway(latest)) {
    const link = labelOf(connectivityTable, latest.connectivity);
    return latest.connectivity === "connection_broken" ? { ...link, text: "connection broken" } : link;
  }
  if (latest.operational_state === "error") return labelOf(operationalTable, latest.operational_state);
  return errand(latest) ?? labelOf(operationalTable, latest.operational_state);
}

export function groupOf(robot: Robot): RobotGroup {
  const { tone } = headline(robot);
  if (tone === "bad") return "attention";
  if (isAway(robot.latest)) return "away";
  if (tone === "warn") return "attention";
  return robot.latest.delivery_id === null ? "free" : "working";
}

export function isStale(robot: Robot, nowMs: number): boolean {
  return freshness(robot.atMs, robot.latest.interval_ms, nowMs) !== "fresh";
}

/** Robots whose name holds what was typed and that are in the group, in the order given. */
export function pickRobots(
  robots: readonly Robot[],
  { search, group }: { readonly search: string; readonly group: string | null },
): readonly Robot[] {
  const wanted = search.trim().toLowerCase();
  return robots.filter(
    (robot) =>
      (wanted === "" || robot.name.toLowerCase().includes(wanted)) && (group === null || groupOf(robot) === group),
  );
}

export function countRobots(robots: Iterable<Robot>): Readonly<Record<RobotGroup, number>> {
  const counts = { attention: 0, working: 0, free: 0, away: 0 };
  for (const robot of robots) counts[groupOf(robot)] += 1;
  return counts;
}

function isAway({ connectivity }: RobotLatest): boolean {
  return connectivity !== "online" && connectivity !== "degraded";
}

const stopTexts: Readonly<Record<string, readonly [string, string]>> = {
  pickup: ["on the way to the store", "at the store"],
  dropoff: ["on the way to the customer", "at the customer's door"],
  return: ["bringing goods back", "back at the store"],
  hub: ["on the way to its hub", "at its hub"],
};

function errand({ stop, at_stop: isAtStop, mission_id: mission }: RobotLatest): Label | null {
  const texts = mission === null || stop === null ? undefined : stopTexts[stop];
  if (!texts) return null;
  return { text: texts[isAtStop ? 1 : 0], tone: stop === "return" ? "warn" : "active" };
}
