import type { heartbeatSets } from "@kerbside/proto/heartbeat/sample";
import type { Fact } from "@kerbside/proto/robot/journal";

export type OperationalState = (typeof heartbeatSets)["operational_state"][number];
export type ControlMode = (typeof heartbeatSets)["control_mode"][number];

/** What the robot is doing and who controls it. */
export interface RobotState {
  readonly operational: OperationalState;
  readonly control: ControlMode;
}

export const startingRobot: RobotState = { operational: "uninitialized", control: "STARTUP" };

export interface RobotCondition {
  /** The lid has been read at least once since the start. */
  readonly isReady: boolean;
  readonly isShuttingDown: boolean;
  readonly hasFault: boolean;
  readonly hasMission: boolean;
  readonly isCharging: boolean;
}

/** The dimensions that follow from the robot's condition. Each is recomputed whole, so none can be left behind. */
export function robotStateOf(condition: RobotCondition): RobotState {
  if (condition.isShuttingDown) return { operational: "shutdown", control: "STARTUP" };
  if (!condition.isReady) return startingRobot;
  const operational = condition.hasFault
    ? "error"
    : condition.hasMission
      ? "working"
      : condition.isCharging
        ? "charging"
        : "idle";
  return { operational, control: "AUTOMATIC" };
}

/** One fact for each dimension that changed. */
export function stateFacts(
  before: RobotState,
  after: RobotState,
  reason: string | null,
  robotId: string,
): readonly Fact[] {
  const facts: Fact[] = [];
  const actor = { kind: "robot", id: robotId } as const;
  const changed = (dimension: "operational_state" | "control_mode", from: string, to: string): void => {
    if (from !== to) facts.push({ type: "state_changed", actor, body: { dimension, from, to, reason } });
  };
  changed("operational_state", before.operational, after.operational);
  changed("control_mode", before.control, after.control);
  return facts;
}
