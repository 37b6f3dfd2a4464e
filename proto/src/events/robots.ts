import * as z from "zod";
import { event } from "../base/event.ts";
import { Place } from "../base/place.ts";
import { commandKinds } from "../robot/command.ts";
import { journalBodies } from "../robot/journal.ts";
import { Trust } from "../robot/trust.ts";

/** Facts that robots reported, and what robot-gateway itself learned of them. Subject: the robot. */
const RobotId = z.object({ robot_id: z.uuid() });

export const lidChanged = event({
  type: "robots/lid-changed",
  version: 1,
  subject: "robot_id",
  summary: "A lid moved, was unlatched, latched or changed its fault flags.",
  body: RobotId.extend(journalBodies.p0.lid_changed.shape),
});

export const unlockRefused = event({
  type: "robots/unlock-refused",
  version: 1,
  subject: "robot_id",
  summary: "Somebody tried to open and the robot refused.",
  body: RobotId.extend(journalBodies.p0.unlock_refused.shape),
});

export const custodyChanged = event({
  type: "robots/custody-changed",
  version: 1,
  subject: "robot_id",
  summary: "The goods of a delivery passed from one holder to another.",
  body: RobotId.extend(journalBodies.p0.custody_changed.shape),
});

export const grantRevoked = event({
  type: "robots/grant-revoked",
  version: 1,
  subject: "robot_id",
  summary: "The robot has taken note that a grant is void, and says whether it had been used.",
  body: RobotId.extend(journalBodies.p0.grant_revoked.shape),
});

export const safetyChanged = event({
  type: "robots/safety-changed",
  version: 1,
  subject: "robot_id",
  summary: "The motion safety of a robot changed.",
  body: RobotId.extend(journalBodies.p0.safety_changed.shape),
});

export const missionProgressed = event({
  type: "robots/mission-progressed",
  version: 1,
  subject: "robot_id",
  summary: "A robot took a step of its mission.",
  body: RobotId.extend(journalBodies.p1.mission_progressed.shape),
});

export const robotStateChanged = event({
  type: "robots/state-changed",
  version: 1,
  subject: "robot_id",
  summary: "One dimension of a robot's state changed.",
  body: RobotId.extend(journalBodies.p1.state_changed.shape),
});

export const connectivityChanged = event({
  type: "robots/connectivity-changed",
  version: 1,
  subject: "robot_id",
  summary: "The link of a robot changed.",
  body: RobotId.extend({ from: z.string(), to: z.string() }),
});

export const positionChanged = event({
  type: "robots/position-changed",
  version: 1,
  subject: "robot_id",
  summary: "A robot moved by 25 m or its battery by 1 %, or 60 s went by; at most one in 5 s.",
  body: RobotId.extend({ place: Place, battery_pct: z.number(), at: z.int() }),
});

export const commandChanged = event({
  type: "robots/command-changed",
  version: 1,
  subject: "robot_id",
  summary: "A command took a step of its life.",
  body: RobotId.extend({
    command_id: z.uuid(),
    kind: z.enum(commandKinds),
    from: z.string(),
    to: z.string(),
    reason: z.string().nullable(),
    delivery_id: z.uuid().nullable(),
  }),
});

export const robotSuspected = event({
  type: "robots/suspected",
  version: 1,
  subject: "robot_id",
  summary: "A robot's journal shows signs of a copied disk; no lid opens by our order until it is enrolled anew.",
  body: RobotId.extend({ suspicion: z.enum(["chain_forked", "boots_alternate"]) }),
});

/** Subject: the root key. device hands it to robots when they enrol and with every token. */
export const trustPublished = event({
  type: "robots/trust-published",
  version: 1,
  subject: "root_key",
  summary: "The keys that robots believe have changed.",
  body: Trust,
});
