import { derivedId } from "@kerbside/proto/base/ids.derived";
import type { Place } from "@kerbside/proto/base/place";
import { toInstant } from "@kerbside/proto/base/time";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { commandStates, type CommandState } from "@kerbside/proto/states/command";
import { Orders } from "./orders.ts";
import { foundOrganization, type Organization } from "./organization.ts";
import { enrol, type RobotRow, robotRow } from "./robots.ts";
import type { Stage } from "./stage.node.ts";

/** A small organization in which a robot and a delivery is to be seen in every state that a screen can show. */
export interface Town {
  readonly organization: Organization;
  readonly orders: Orders;
  readonly robots: Readonly<Record<RobotRole, RobotRow>>;
  readonly deliveries: Readonly<Record<DeliveryRole, string>>;
  /** The customers' links, each of which may open. */
  readonly links: Readonly<Record<DeliveryRole, string>>;
  /** A link to the delivery at the door that only shows. */
  readonly viewLink: string;
}

export const longName = "Qarlygash of the Left Bank Fleet, lent to the Right Bank until the end of the season";

const roles = {
  driving: "Tulpar 1",
  atDoor: "Alma 2",
  toStore: "Baiterek 3",
  loading: "Sunkar 4",
  idle: "Zhuldyz 5",
  charging: "Kobyz 6",
  stopped: "Dombyra 7",
  forced: "Ertis 8",
  broken: "Esil 9",
  unseen: "Altyn 10",
  returning: longName,
  asleep: "Bulak 12",
} as const;
export type RobotRole = keyof typeof roles;

export type DeliveryRole =
  | "waiting"
  | "driving"
  | "atDoor"
  | "toStore"
  | "loading"
  | "returning"
  | "delivered"
  | "cancelled";

export async function buildTown(stage: Stage, name = "Kerbside Astana"): Promise<Town> {
  const organization = await foundOrganization(stage, name);
  const orders = new Orders(stage, organization);
  const robots = cast(organization, Date.now());
  await enrol(stage, Object.values(robots));
  const deliveries = await order(orders, robots);
  const busy = await giveErrands(stage, robots, deliveries);
  await recordCommands(stage, busy.idle);
  await recordFacts(stage, busy.idle);
  const links = await linksOf(orders, deliveries);
  const viewLink = await orders.link(deliveries.atDoor, "view");
  return { organization, orders, robots: busy, deliveries, links, viewLink };
}

function cast({ id, doors, stores, hubs }: Organization, nowMs: number): Record<RobotRole, RobotRow> {
  const door = (index: number): Place | null => doors[index]?.place ?? null;
  const store = (index: number): Place | null => stores[index]?.address.place ?? null;
  const row = (role: RobotRole, place: Place | null, change: Partial<RobotRow> = {}): RobotRow =>
    robotRow(id, roles[role], { place, nowMs, ...change });
  const works = { operational_state: "working", interval_ms: 60_000 } as const;
  return {
    driving: row("driving", door(10), {
      ...works,
      motion_safety: "moving",
      speed_mps: 1.4,
      heading_deg: 40,
      battery_pct: 71,
    }),
    atDoor: row("atDoor", door(1), { ...works, battery_pct: 64 }),
    toStore: row("toStore", door(12), { ...works, motion_safety: "moving", speed_mps: 1.1, heading_deg: 200 }),
    loading: row("loading", store(3), { ...works, lid: "open" }),
    idle: row("idle", hubs[0]?.place ?? null),
    charging: row("charging", hubs[0]?.place ?? null, { operational_state: "charging", battery_pct: 34 }),
    stopped: row("stopped", door(16), { motion_safety: "e_stop" }),
    forced: row("forced", door(17), { lid: "open", lid_flags: ["forced_open", "ajar"] }),
    broken: row("broken", door(18), {
      connectivity: "connection_broken",
      connectivity_since: nowMs - 45_000,
      at: nowMs - 8 * 60_000,
    }),
    unseen: row("unseen", null, unheardOf(nowMs)),
    returning: row("returning", door(20), { ...works, motion_safety: "moving", speed_mps: 1.2, battery_pct: 14 }),
    asleep: row("asleep", hubs[1]?.place ?? null, { connectivity: "hibernating", battery_pct: 52 }),
  };
}

function unheardOf(nowMs: number): Partial<RobotRow> {
  return {
    connectivity: "never_seen",
    connectivity_since: nowMs,
    at: null,
    battery_pct: null,
    lid: null,
    operational_state: null,
    control_mode: null,
    motion_safety: null,
    speed_mps: null,
    heading_deg: null,
  };
}

async function order(
  orders: Orders,
  robots: Readonly<Record<RobotRole, RobotRow>>,
): Promise<Record<DeliveryRole, string>> {
  const brought = async (
    robot: RobotRow | null,
    to: DeliveryState,
    [store, door]: readonly [number, number],
  ): Promise<string> => {
    const delivery = await orders.place(store, door, `order-${to}-${door}`);
    if (robot) await orders.bring(delivery, robot, to);
    return delivery.delivery_id;
  };
  const [driving, atDoor, toStore, loading, returning, delivered, waiting, cancelled] = await Promise.all([
    brought(robots.driving, "enroute_to_dropoff", [0, 0]),
    brought(robots.atDoor, "arrived_at_dropoff", [1, 1]),
    brought(robots.toStore, "enroute_to_pickup", [2, 2]),
    brought(robots.loading, "arrived_at_pickup", [3, 3]),
    brought(robots.returning, "enroute_to_return", [0, 4]),
    brought(robots.idle, "delivered", [1, 5]),
    brought(null, "created", [2, 6]),
    brought(null, "created", [3, 7]),
  ]);
  await orders.cancel(cancelled);
  return { driving, atDoor, toStore, loading, returning, delivered, waiting, cancelled };
}

async function linksOf(
  orders: Orders,
  deliveries: Readonly<Record<DeliveryRole, string>>,
): Promise<Record<DeliveryRole, string>> {
  const of = (role: DeliveryRole): Promise<string> => orders.customerLink(deliveries[role]);
  return {
    waiting: await of("waiting"),
    driving: await of("driving"),
    atDoor: await of("atDoor"),
    toStore: await of("toStore"),
    loading: await of("loading"),
    returning: await of("returning"),
    delivered: await of("delivered"),
    cancelled: await of("cancelled"),
  };
}

/** The robots' rows say what they do, as the gateway would have it from their missions. */
async function giveErrands(
  stage: Stage,
  robots: Readonly<Record<RobotRole, RobotRow>>,
  deliveries: Readonly<Record<DeliveryRole, string>>,
): Promise<Record<RobotRole, RobotRow>> {
  const errand = async (
    role: RobotRole & DeliveryRole,
    stop: string,
    isAtStop: boolean,
  ): Promise<readonly [RobotRole, RobotRow]> => {
    const delivery_id = deliveries[role];
    const row = {
      ...robots[role],
      delivery_id,
      stop,
      at_stop: isAtStop,
      mission_id: derivedId("mission", delivery_id),
    };
    await stage.rows(
      "update robot_gateway.latest set delivery_id = $2, stop = $3, at_stop = $4, mission_id = $5 where robot_id = $1",
      [row.robot_id, row.delivery_id, row.stop, row.at_stop, row.mission_id],
    );
    return [role, row];
  };
  const busy = await Promise.all([
    errand("driving", "dropoff", false),
    errand("atDoor", "dropoff", true),
    errand("toStore", "pickup", false),
    errand("loading", "pickup", true),
    errand("returning", "return", false),
  ]);
  return { ...robots, ...Object.fromEntries(busy) };
}

const reasons: Partial<Record<CommandState, string>> = {
  rejected: "The robot is moving; it opens only while it stands.",
  failed: "The latch did not move in time.",
  cancelled: "Taken back by Oleg Operations.",
};

/** One command of each life state; those that live do not end while the test looks. */
async function recordCommands(stage: Stage, { robot_id, organization_id }: RobotRow): Promise<void> {
  const nowMs = Date.now();
  const lasting = ["queued", "sent", "delivered", "accepted", "executing"];
  const rows = commandStates
    .filter((state) => state !== "created")
    .map((state, index) => {
      const issuedMs = nowMs - (index + 1) * 20_000;
      return {
        command_id: crypto.randomUUID(),
        robot_id,
        organization_id,
        kind: (["open_lid", "close_lid", "identify", "engage_estop"] as const)[index % 4],
        args: {},
        delivery_id: null,
        actor: { kind: "user", id: "oleg" },
        sealed: "{}",
        state,
        reason: reasons[state] ?? null,
        observed_outcome: state === "outcome_unknown" ? "succeeded" : null,
        issued_at: toInstant(issuedMs),
        expires_at: toInstant(nowMs + 3_600_000),
        ended_at: lasting.includes(state) ? null : toInstant(issuedMs + 5_000),
        due_at: lasting.includes(state) ? toInstant(nowMs + 3_600_000) : null,
        steps: [{ state: "queued", atMs: issuedMs }],
      };
    });
  await stage.insert("robot_gateway.command", rows);
}

/** A morning in the life of a robot, the last of it learned late. */
async function recordFacts(stage: Stage, { robot_id }: RobotRow): Promise<void> {
  const nowMs = Date.now();
  const facts: readonly (readonly [type: string, body: object])[] = [
    ["journal_started", { boot_id: robot_id, reason: "restart", software: "0.1.0" }],
    ["state_changed", { dimension: "operational_state", from: "idle", to: "working", reason: null }],
    ["mission_progressed", { happened: "departed", stop: "pickup", reason: null }],
    ["mission_progressed", { happened: "arrived", stop: "pickup", reason: null }],
    ["unlock_intended", { purpose: "load" }],
    ["lid_changed", { from: "closed_locked", to: "closed_unlocked", flags: [] }],
    ["lid_changed", { from: "closed_unlocked", to: "open", flags: [] }],
    ["custody_changed", { from: "merchant", to: "robot" }],
    ["lid_changed", { from: "open", to: "closed_unlocked", flags: ["ajar"] }],
    ["unlock_refused", { purpose: "unload", reason: "the robot is moving" }],
    ["safety_changed", { from: "moving", to: "safe_stop", cause: "obstacle" }],
    ["command_finished", { outcome: "failed", detail: "latch did not move", reconciled: false }],
    ["mission_progressed", { happened: "completed", stop: null, reason: null }],
  ];
  const rows = facts.map(([type, body], index) => ({
    robot_id,
    stream: "p0",
    epoch: 1,
    seq: index + 1,
    type,
    event_time: toInstant(nowMs - (facts.length - index) * 90_000),
    recorded_time: toInstant(nowMs - (facts.length - index) * 90_000 + (index > 8 ? 600_000 : 1_000)),
    actor: { kind: "robot", id: robot_id },
    body,
  }));
  await stage.insert("robot_gateway.journal", rows);
}
