import { assign } from "./assignment/assignment.ts";
import { dwell, type TimeModel } from "./estimate.ts";
import { avoids, type Errand, type Plan, type Walk } from "./plan.ts";
import { type BatteryModel, drainPct, loopOf, reaches } from "./reach.ts";
import type { Why } from "./reasons.ts";
import type { UsableRobot } from "./robot.ts";

/** A waiting delivery of which the way is known. */
export interface Order extends Plan {
  readonly errand: Errand;
}

/** By robot and order: cell `robot * orders.length + order`; null where no way leads. */
export type Walks = readonly (Walk | null)[];

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
/** Between robots that would all wait for the goods, the one with the shorter way. */
const tieBreak = 1 / 1_000;

/** All waiting deliveries against all usable robots, as one assignment by arrival time. */
export function match(situation: Situation, rules: Rules): readonly Decision[] {
  const { orders, robots, nowMs } = situation;
  const cells = orders.map((order, i) => robots.map((_robot, j) => cellOf(situation, rules, { order, i, j })));
  const { columnOf } = assign({
    rows: orders.length,
    columns: robots.length,
    cost: Float64Array.from(cells.flat(), (cell) => cell.costMs),
    leaveOut: Float64Array.from(orders, (order) => leaveOutMs + ageOf(order, nowMs)),
  });
  return orders.map((order, i) => {
    const robot = robots[columnOf[i] ?? -1];
    const walk = cells[i]?.[columnOf[i] ?? -1]?.walk;
    if (!robot || !walk) return { order, ...leftOut(situation, rules, { order, cells: cells[i] ?? [] }) };
    const departMs = order.pickupReadyMs - rules.earlyMs - (walk.durationS * 1_000) / rules.time.speedFactor;
    if (departMs <= nowMs) return { order, robot, walk };
    return { order, why: { code: "not_ready", readyMs: order.pickupReadyMs }, lookAgainMs: departMs };
  });
}

/** Everything that the robot would do for this order, with the waits. */
export function loopFor(time: TimeModel, walk: Walk, { toDropoff, toHub }: Errand): Walk {
  return loopOf([walk, toDropoff, toHub], dwell(time.load).meanS + dwell(time.unload).meanS);
}

interface Cell {
  readonly costMs: number;
  readonly walk: Walk | null;
  /** Why the two may not be joined; null where they may. */
  readonly obstacle: "no_way" | "battery" | "just_failed" | null;
}

interface At {
  readonly order: Order;
  readonly i: number;
  readonly j: number;
}

function cellOf({ nowMs, orders, robots, walks }: Situation, rules: Rules, { order, i, j }: At): Cell {
  const robot = robots[j];
  const walk = walks[j * orders.length + i] ?? null;
  const no = (obstacle: Cell["obstacle"]): Cell => ({ costMs: Infinity, walk, obstacle });
  if (!robot || !walk) return no("no_way");
  if (!reaches(rules.battery, robot.batteryPct, loopFor(rules.time, walk, order.errand))) return no("battery");
  if (avoids(order, robot.robotId, nowMs)) return no("just_failed");
  const walkMs = (walk.durationS * 1_000) / rules.time.speedFactor;
  const pickupMs = Math.max(walkMs, order.pickupReadyMs - nowMs);
  return { costMs: Math.round(pickupMs + walkMs * tieBreak), walk, obstacle: null };
}

/** Since when it could have been fetched; below zero while it is not ready. */
function ageOf(order: Order, nowMs: number): number {
  const age = nowMs - Math.max(order.waitingSinceMs, order.pickupReadyMs);
  return Math.round(Math.min(ageMaxMs, Math.max(-ageMaxMs, age)));
}

interface Refused {
  readonly order: Order;
  readonly cells: readonly Cell[];
}

/** There are usable robots, but this order got none. */
function leftOut(
  { nowMs, robots, nextFreeMs }: Situation,
  rules: Rules,
  { order, cells }: Refused,
): { readonly why: Why; readonly lookAgainMs: number | null } {
  if (cells.some((cell) => cell.obstacle === null)) {
    return { why: { code: "others_first", nextFreeMs: nextFreeMs[0] ?? null }, lookAgainMs: null };
  }
  const spared = order.avoided.filter(
    ({ robotId, untilMs }) => untilMs > nowMs && robots.some((r) => r.robotId === robotId),
  );
  if (cells.some((cell) => cell.obstacle === "just_failed")) {
    const untilMs = Math.min(...spared.map((avoided) => avoided.untilMs));
    return { why: { code: "just_failed", untilMs }, lookAgainMs: untilMs };
  }
  const loops = cells.flatMap(({ walk, obstacle }) =>
    walk && obstacle === "battery" ? [loopFor(rules.time, walk, order.errand)] : [],
  );
  const shortest = loops.toSorted((a, b) => a.distanceM - b.distanceM)[0];
  if (!shortest) return { why: { code: "no_way", between: "robots_pickup" }, lookAgainMs: null };
  const needsPct = drainPct(rules.battery, shortest) + rules.battery.reservePct;
  const bestPct = Math.max(...robots.map((robot) => robot.batteryPct));
  return { why: { code: "battery", loopM: shortest.distanceM, needsPct, bestPct }, lookAgainMs: null };
}
