import { assign } from "./assignment/assignment.ts";
import { dwell, type TimeModel } from "./estimate.ts";
import { avoids, type Errand, type Plan, type Walk } from "./plan.ts";
import { type BatteryModel, drainPct, loopOf, reaches } from "./reach.ts";
import type { Why } from "./reasons.ts";
import type { UsableRobot } from "./robot.ts";
import { type Walks, walkBetween } from "./walks.ts";

/** A waiting delivery of which the way is known. */
export interface Order extends Plan {
  readonly errand: Errand;
}

export interface Rules {
  readonly time: TimeModel;
  readonly battery: BatteryModel;
  /** A robot is sent so that it arrives no earlier than this before the goods are ready. */
  readonly earlyMs: number;
}

export interface Situation {
  readonly nowMs: number;
  readonly orders: readonly Order[];
  readonly robots: readonly UsableRobot[];
  /** From each robot to each order's pickup. */
  readonly walks: Walks;
  /** When robots that carry something now should be free, soonest first. */
  readonly nextFreeMs: readonly number[];
}

export type Decision =
  | { readonly order: Order; readonly robot: UsableRobot; readonly walk: Walk }
  | { readonly order: Order; readonly why: Why; readonly lookAgainMs: number | null };

/** More than any walk in milliseconds: leaving a delivery out is always dearer than any robot. */
const leaveOutMs = 1e9;
/** How much of an order's age counts when not all can be served: a minute of waiting is worth a minute of way. */
const ageMaxMs = 1e8;
/** Orders may come weeks ahead; further ahead than this they are all alike, and still never dearer than leaving one out. */
const readyMaxMs = 1e8;
/** Between robots that would all wait for the goods, the one with the shorter way. */
const tieBreak = 1 / 1_000;

/** All waiting deliveries against all usable robots, as one assignment by arrival time. */
export function match(situation: Situation, rules: Rules): readonly Decision[] {
  const { orders, robots, nowMs } = situation;
  const cost = new Float64Array(orders.length * robots.length);
  orders.forEach((order, i) => {
    robots.forEach((robot, j) => {
      const walk = walkBetween(situation.walks, j, i);
      const isBarred = obstacleTo(situation, rules, { order, robot, walk }) !== null;
      cost[i * robots.length + j] = walk === null || isBarred ? Infinity : costMs(situation, rules, { order, walk });
    });
  });
  const { columnOf } = assign({
    rows: orders.length,
    columns: robots.length,
    cost,
    leaveOut: Float64Array.from(orders, (order) => leaveOutMs + ageOf(order, nowMs)),
  });
  return orders.map((order, i) => {
    const robot = robots[columnOf[i] ?? -1];
    const walk = robot ? walkBetween(situation.walks, columnOf[i] ?? -1, i) : null;
    if (!robot || !walk) return { order, ...leftOut(situation, rules, { order, i }) };
    const departMs = order.pickupReadyMs - rules.earlyMs - (walk.durationS * 1_000) / rules.time.speedFactor;
    if (departMs <= nowMs) return { order, robot, walk };
    return { order, why: { code: "not_ready", readyMs: order.pickupReadyMs }, lookAgainMs: departMs };
  });
}

/** Everything that the robot would do for this order, with the waits. */
export function loopFor(time: TimeModel, walk: Walk, { toDropoff, toHub }: Errand): Walk {
  return loopOf([walk, toDropoff, toHub], dwell(time.load).meanS + dwell(time.unload).meanS);
}

interface Pair {
  readonly order: Order;
  readonly robot: UsableRobot;
  readonly walk: Walk | null;
}

/** Why the two may not be joined; null where they may. */
function obstacleTo(
  { nowMs }: Situation,
  rules: Rules,
  { order, robot, walk }: Pair,
): "no_way" | "battery" | "just_failed" | null {
  if (!walk) return "no_way";
  if (!reaches(rules.battery, robot.batteryPct, loopFor(rules.time, walk, order.errand))) return "battery";
  return avoids(order, robot.robotId, nowMs) ? "just_failed" : null;
}

/** Until the goods are in this robot's hands, milliseconds. */
function costMs(
  { nowMs }: Situation,
  rules: Rules,
  { order, walk }: { readonly order: Order; readonly walk: Walk },
): number {
  const walkMs = (walk.durationS * 1_000) / rules.time.speedFactor;
  const readyMs = Math.min(readyMaxMs, order.pickupReadyMs - nowMs);
  return Math.round(Math.max(walkMs, readyMs) + walkMs * tieBreak);
}

/** Since when it could have been fetched; below zero while it is not ready. */
function ageOf(order: Order, nowMs: number): number {
  const age = nowMs - Math.max(order.waitingSinceMs, order.pickupReadyMs);
  return Math.round(Math.min(ageMaxMs, Math.max(-ageMaxMs, age)));
}

/** There are usable robots, but this order got none. */
function leftOut(
  situation: Situation,
  rules: Rules,
  { order, i }: { readonly order: Order; readonly i: number },
): { readonly why: Why; readonly lookAgainMs: number | null } {
  const { nowMs, robots, nextFreeMs } = situation;
  const pairs = robots.map((robot, j) => ({ order, robot, walk: walkBetween(situation.walks, j, i) }));
  const barred = pairs.map((pair) => ({ ...pair, obstacle: obstacleTo(situation, rules, pair) }));
  if (barred.some(({ obstacle }) => obstacle === null)) {
    return { why: { code: "others_first", nextFreeMs: nextFreeMs[0] ?? null }, lookAgainMs: null };
  }
  const spared = barred.flatMap(({ robot, obstacle }) =>
    obstacle === "just_failed" ? (avoids(order, robot.robotId, nowMs) ?? []) : [],
  );
  if (spared.length > 0) {
    const untilMs = Math.min(...spared.map((avoided) => avoided.untilMs));
    return { why: { code: "just_failed", untilMs }, lookAgainMs: untilMs };
  }
  const loops = barred.flatMap(({ walk }) => (walk ? [loopFor(rules.time, walk, order.errand)] : []));
  const shortest = loops.toSorted((a, b) => a.distanceM - b.distanceM)[0];
  if (!shortest) return { why: { code: "no_way", between: "robots_pickup" }, lookAgainMs: null };
  const needsPct = drainPct(rules.battery, shortest) + rules.battery.reservePct;
  const bestPct = robots.reduce((most, { batteryPct }) => Math.max(most, batteryPct), 0);
  return { why: { code: "battery", loopM: shortest.distanceM, needsPct, bestPct }, lookAgainMs: null };
}
