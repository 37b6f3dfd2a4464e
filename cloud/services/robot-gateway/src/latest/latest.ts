import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import type { JournalBody, JournalEntry } from "@kerbside/proto/robot/journal";
import { type LidFlag, lidFlags } from "@kerbside/proto/robot/lid";
import type { RobotLatest } from "@kerbside/proto/shapes/shapes";

/** A robot's latest word, with what only we need to put facts and heartbeats in order. Times in milliseconds. */
export interface Latest extends Omit<RobotLatest, "connectivity_since" | "at"> {
  readonly connectivity_since: number;
  readonly at: number | null;
  /** Up to here the journal's facts are in. */
  readonly facts_at: number | null;
  /** The delivery that was handed over last; what is heard of it later does not make it current again. */
  readonly done_delivery_id: string | null;
}

export interface NewestSample {
  readonly sample: HeartbeatSample;
  /** When the next word is due, milliseconds after this one. */
  readonly intervalMs: number;
}

/** A robot whose clock was this far ahead of ours is not believed about the order of its words. */
const clockSkewMs = 60_000;

export function newLatest(robot: {
  readonly robot_id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly nowMs: number;
}): Latest {
  return {
    robot_id: robot.robot_id,
    organization_id: robot.organization_id,
    name: robot.name,
    lat: null,
    lng: null,
    speed_mps: null,
    heading_deg: null,
    battery_pct: null,
    lid: null,
    lid_flags: [],
    operational_state: null,
    control_mode: null,
    motion_safety: null,
    connectivity: "never_seen",
    connectivity_since: robot.nowMs,
    mission_id: null,
    delivery_id: null,
    stop: null,
    at_stop: false,
    at: null,
    interval_ms: 1_000,
    facts_at: null,
    done_delivery_id: null,
  };
}

/** Heartbeats tell where the robot is; about its states they count unless a fact of the journal is newer. */
export function hearSample(latest: Latest, { sample, intervalMs }: NewestSample, nowMs: number): Latest {
  if (isOlder(sample.atMs, latest.at, nowMs)) return latest;
  const measured = {
    ...latest,
    at: sample.atMs,
    interval_ms: intervalMs,
    lat: sample.lat ?? latest.lat,
    lng: sample.lng ?? latest.lng,
    speed_mps: sample.speedMps,
    heading_deg: sample.headingDeg,
    battery_pct: sample.batteryPct,
  };
  if (isOlder(sample.atMs, latest.facts_at, nowMs)) return measured;
  return {
    ...measured,
    lid: sample.lid,
    lid_flags: flagsOf(sample.lidFlags),
    operational_state: sample.operationalState,
    control_mode: sample.controlMode,
    motion_safety: sample.motionSafety,
  };
}

/** Facts come in the order of their stream. Missions are known from facts alone, states from heartbeats too. */
export function hearFact(latest: Latest, entry: JournalEntry, nowMs: number): Latest {
  if (entry.type === "mission_progressed") return hearProgress(latest, entry.body);
  if (entry.type === "custody_changed") return hearCustody(latest, entry.body);
  const change = stateIn(entry);
  if (!change || isOlder(entry.event_time, latest.at, nowMs) || isOlder(entry.event_time, latest.facts_at, nowMs)) {
    return latest;
  }
  return { ...latest, ...change, facts_at: entry.event_time };
}

/** Whether a fact can change the row at all, so that most need no look at it. */
export function concernsLatest({ type }: JournalEntry): boolean {
  return factsOfLatest.has(type);
}

const factsOfLatest: ReadonlySet<string> = new Set([
  "mission_progressed",
  "custody_changed",
  "lid_changed",
  "safety_changed",
  "state_changed",
] satisfies JournalEntry["type"][]);

function stateIn(entry: JournalEntry): Partial<Latest> | null {
  switch (entry.type) {
    case "lid_changed":
      return { lid: entry.body.to, lid_flags: entry.body.flags };
    case "safety_changed":
      return { motion_safety: entry.body.to };
    case "state_changed":
      if (entry.body.dimension === "operational_state") return { operational_state: entry.body.to };
      return entry.body.dimension === "control_mode" ? { control_mode: entry.body.to } : null;
    default:
      return null;
  }
}

function hearProgress(latest: Latest, progress: JournalBody<"mission_progressed">): Latest {
  const { mission_id, delivery_id, stop } = progress;
  switch (progress.happened) {
    case "refused":
      return latest;
    case "accepted":
    case "departed":
    case "arrived":
    case "stop_completed": {
      // On the way to the hub nothing is carried any more.
      const isOver = delivery_id === latest.done_delivery_id || stop === "hub";
      return {
        ...latest,
        mission_id,
        delivery_id: isOver ? null : delivery_id,
        stop,
        at_stop: progress.happened === "arrived" || progress.happened === "stop_completed",
      };
    }
    case "completed":
    case "aborted":
      if (latest.mission_id !== null && latest.mission_id !== mission_id) return latest;
      return { ...latest, mission_id: null, delivery_id: null, stop: null, at_stop: false };
  }
}

/** From the moment the goods are handed over, the robot's position is no more the customer's business. */
function hearCustody(latest: Latest, { delivery_id, from, to }: JournalBody<"custody_changed">): Latest {
  if (from !== "robot" || to === "robot") return latest;
  return {
    ...latest,
    done_delivery_id: delivery_id,
    delivery_id: latest.delivery_id === delivery_id ? null : latest.delivery_id,
  };
}

/** The delivery has ended for this robot, whatever it still says of it. */
export function leaveDelivery(latest: Latest, deliveryId: string): Latest {
  if (latest.delivery_id !== null && latest.delivery_id !== deliveryId) return latest;
  return { ...latest, delivery_id: null, done_delivery_id: deliveryId };
}

/** The robot is given a delivery, perhaps one that it had been relieved of. */
export function takeDelivery(latest: Latest, deliveryId: string): Latest {
  return latest.done_delivery_id === deliveryId ? { ...latest, done_delivery_id: null } : latest;
}

function isOlder(atMs: number, thanMs: number | null, nowMs: number): boolean {
  return thanMs !== null && atMs < thanMs && thanMs <= nowMs + clockSkewMs;
}

function flagsOf(bits: number): readonly LidFlag[] {
  return lidFlags.filter((_flag, index) => (bits & (1 << index)) !== 0);
}
