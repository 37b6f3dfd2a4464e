import type { LidReading } from "@kerbside/hardware/lid/lid";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { FollowerStatus } from "@kerbside/sync/downlink";
import type { StreamStatus } from "@kerbside/sync/uplink";
import type { Core } from "./core/core.ts";
import { motionName } from "./core/ledger.ts";
import { stopOf } from "./core/mission.ts";
import type { Problem } from "./happenings.ts";
import type { RobotIdentity } from "./identity.node.ts";

/** A robot seen from the inside, for the diagnostics page, the simulator and tests. */
export interface AgentStatus {
  readonly robotId: string;
  readonly name: string;
  readonly bootId: string;
  readonly software: string;
  readonly uptimeMs: number;
  /** Now on the monotonic clock, on which readings and the mirror say when they were made. */
  readonly monotonicMs: number;
  /** Trusted time; the wall clock beside it. */
  readonly trustedMs: number;
  readonly wallMs: number;
  readonly isTimeSuspect: boolean;
  readonly isReady: boolean;
  readonly operationalState: string;
  readonly controlMode: string;
  readonly motion: string;
  readonly journalFault: string | null;
  readonly lid: {
    readonly at: string;
    readonly flags: readonly string[];
    readonly purpose: string | null;
    readonly reading: LidReading;
  };
  readonly body: Core["body"];
  readonly mission: MissionStatus | null;
  readonly custody: Core["safety"]["custody"];
  readonly isLinked: boolean;
  readonly streams: ReadonlyMap<Stream, StreamStatus>;
  readonly mirror: FollowerStatus;
  readonly problems: readonly Problem[];
}

export interface MissionStatus {
  readonly missionId: string;
  readonly deliveryId: string | null;
  readonly at: "driving" | "at_stop";
  readonly stop: string | null;
}

export function statusOf(from: {
  readonly identity: RobotIdentity;
  readonly software: string;
  readonly bootId: string;
  readonly uptimeMs: number;
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly trustedMs: number;
  readonly core: Core;
  readonly lidReading: LidReading;
  readonly isLinked: boolean;
  readonly streams: ReadonlyMap<Stream, StreamStatus>;
  readonly mirror: FollowerStatus;
  readonly problems: readonly Problem[];
}): AgentStatus {
  const { identity, core, lidReading, ...rest } = from;
  const { lid, motion, custody } = core.safety;
  return {
    ...rest,
    robotId: identity.robot_id,
    name: identity.name,
    isTimeSuspect: core.isTimeSuspect,
    isReady: core.isReady,
    operationalState: core.robot.operational,
    controlMode: core.robot.control,
    motion: motionName(motion),
    journalFault: core.journalFault,
    lid: { at: lid.at, flags: lid.flags, purpose: lid.cycle?.purpose ?? null, reading: lidReading },
    body: core.body,
    mission: missionOf(core),
    custody,
  };
}

function missionOf({ work }: Core): MissionStatus | null {
  const { run } = work;
  if (run.at === "none") return null;
  const { mission_id: missionId, delivery_id: deliveryId } = run.mission;
  return { missionId, deliveryId, at: run.at, stop: stopOf(run)?.kind ?? null };
}
