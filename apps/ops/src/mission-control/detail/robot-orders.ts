import type { Role } from "@kerbside/proto/base/roles";
import { maySendCommand } from "@kerbside/proto/robot/command-roles";
import type { RobotLatest } from "@kerbside/proto/shapes/shapes";

/** Why an order cannot be given now, in words; null when it can. The robot has the last word either way. */
export interface RobotOrders {
  readonly openLid: string | null;
  readonly closeLid: string | null;
  readonly cancelMission: string | null;
  readonly releaseStop: string | null;
  readonly identify: string | null;
}

const notYours = "Your role may not do this.";

export function robotOrders(role: Role, latest: RobotLatest): RobotOrders {
  const isMoving = latest.motion_safety === "moving" || (latest.speed_mps ?? 0) > 0.2;
  return {
    openLid: !maySendCommand(role, "open_lid")
      ? notYours
      : isMoving
        ? "The robot is moving; its lid opens only while it stands."
        : latest.lid === "open"
          ? "The lid is open already."
          : null,
    closeLid: !maySendCommand(role, "close_lid") ? notYours : whyNotClose(latest.lid),
    cancelMission: !maySendCommand(role, "cancel_mission")
      ? notYours
      : latest.mission_id === null
        ? "The robot has no mission."
        : null,
    releaseStop: !maySendCommand(role, "release_estop")
      ? notYours
      : latest.motion_safety === "e_stop"
        ? null
        : "The robot is not in emergency stop.",
    identify: maySendCommand(role, "identify") ? null : notYours,
  };
}

function whyNotClose(lid: string | null): string | null {
  if (lid === "closed_unlocked" || lid === "unlock_authorised") return null;
  if (lid === "open") return "An open lid is closed by hand; it locks by itself then.";
  if (lid === "closed_locked") return "The lid is locked already.";
  return "Where the lid is, is not known.";
}
