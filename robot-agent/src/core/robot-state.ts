import type { Fact } from "@kerbside/proto/robot/journal";
import { type OperationalState, operationalTable } from "@kerbside/proto/states/robot";
import { type ControlModeState, controlModeTable } from "@kerbside/proto/states/robot-motion";
import { eventsOf, type Table } from "@kerbside/proto/states/table";

/** What the robot is doing and who controls it. */
export interface RobotState {
  readonly operational: OperationalState;
  readonly control: ControlModeState;
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

/** One fact for each legal step from what was to what is: a table that knows no direct way is walked, not jumped. */
export function stateFacts(
  before: RobotState,
  after: RobotState,
  reason: string | null,
  robotId: string,
): readonly Fact[] {
  const facts: Fact[] = [];
  const walk = (dimension: "operational_state" | "control_mode", path: readonly string[]): void => {
    for (const [index, to] of path.entries()) {
      const from = path[index - 1];
      if (from === undefined) continue;
      facts.push({
        type: "state_changed",
        actor: { kind: "robot", id: robotId },
        body: { dimension, from, to, reason },
      });
    }
  };
  walk("operational_state", pathOf(operationalTable, before.operational, after.operational));
  walk("control_mode", pathOf(controlModeTable, before.control, after.control));
  return facts;
}

/** The shortest legal way, both ends included. */
function pathOf<State extends string, Event extends string>(
  table: Table<State, Event>,
  from: State,
  to: State,
): readonly State[] {
  const paths: State[][] = [[from]];
  const seen = new Set([from]);
  for (const path of paths) {
    const last = path.at(-1);
    if (last === undefined || last === to) return path;
    for (const event of eventsOf(table)) {
      const next = table.steps[last][event];
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [];
}
