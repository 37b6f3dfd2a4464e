import { lidOf, type Robot } from "./robot.ts";

/** Below this a robot gets no new work, percent. */
const batteryReservePct = 20;

export interface Availability {
  readonly available: boolean;
  /** Every reason why not, in words for ops. */
  readonly reasons: readonly string[];
}

/** Whether dispatch may use this robot. What is unknown speaks against it. */
export function availabilityOf(robot: Robot): Availability {
  const reasons = [
    robot.enrolment === null && "it has not enrolled",
    robot.isRevoked && "its credential was revoked",
    robot.suspicion !== null && "its disk seems to be copied: it opens for nobody until it is enrolled anew",
    robot.service !== "in_service" && `it is ${robot.service.replaceAll("_", " ")}`,
    robot.connectivity !== "online" && robot.connectivity !== "degraded" && `its link is ${words(robot.connectivity)}`,
    whyNotWorking(robot.operationalState),
    whyNotMoving(robot.motionSafety),
    whyNotLocked(robot),
    robot.deliveryId !== null && "it has a delivery",
    robot.carries !== null && robot.carries !== robot.deliveryId && "it carries goods",
    whyNotCharged(robot.batteryPct),
    robot.place === null && "its position is unknown",
  ].filter((reason) => reason !== false && reason !== null);
  return { available: reasons.length === 0, reasons };
}

/** Whether others have to be told of an enrolled robot: the answer changed, or the place or the battery that goes with it. */
export function isWorthTelling(before: Robot | null, after: Robot): boolean {
  if (!after.enrolment) return false;
  if (!before?.enrolment) return true;
  const was = availabilityOf(before);
  const is = availabilityOf(after);
  return (
    was.reasons.join() !== is.reasons.join() ||
    before.enrolment.name !== after.enrolment.name ||
    before.enrolment.marketId !== after.enrolment.marketId ||
    before.enrolment.hubId !== after.enrolment.hubId ||
    before.batteryPct !== after.batteryPct ||
    before.place?.lat !== after.place?.lat ||
    before.place?.lng !== after.place?.lng
  );
}

function whyNotWorking(state: string | null): string | null {
  if (state === "idle" || state === "working" || state === "charging") return null;
  return state === null ? "its state is unknown" : `its state is ${words(state)}`;
}

function whyNotMoving(safety: string): string | null {
  return safety === "moving" || safety === "stopped" ? null : `it is in ${words(safety)}`;
}

function whyNotLocked(robot: Robot): string | null {
  const lid = lidOf(robot);
  if (lid === null) return "its lid is unknown";
  if (lid.flags.length > 0) return `its lid reports ${lid.flags.map(words).join(", ")}`;
  return lid.state === "closed_locked" ? null : `its lid is ${words(lid.state)}`;
}

function whyNotCharged(batteryPct: number | null): string | null {
  if (batteryPct === null) return "its battery is unknown";
  return batteryPct > batteryReservePct ? null : `its battery is at ${Math.round(batteryPct)} %`;
}

function words(code: string): string {
  return code.replaceAll("_", " ");
}
