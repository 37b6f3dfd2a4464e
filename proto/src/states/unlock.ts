/**
 * How far the latest opening that somebody asked for has come, for the page that asked. A view over the command's life
 * and the lid's, not a state of its own: a newer request begins again. Zod-free, for browsers.
 */
export const unlockStatuses = [
  "requested",
  "sent",
  "opening",
  "unlatched",
  "opened",
  "closed",
  "refused",
  "failed",
  "expired",
  "unknown",
] as const;
export type UnlockStatus = (typeof unlockStatuses)[number];

/** Whether this opening still goes on, so that a second press of the button adds nothing. */
export const isUnlockUnderWay: Readonly<Record<UnlockStatus, boolean>> = {
  requested: true,
  sent: true,
  opening: true,
  unlatched: true,
  opened: true,
  closed: false,
  refused: false,
  failed: false,
  expired: false,
  unknown: false,
};

/** What the customer reads. */
export const unlockTexts: Readonly<Record<UnlockStatus, string>> = {
  requested: "Asking the robot to open",
  sent: "Waiting for the robot's answer",
  opening: "The robot is unlocking",
  unlatched: "Unlocked: lift the lid",
  opened: "The lid is open",
  closed: "The lid is closed",
  refused: "The robot refused to open",
  failed: "The lid did not open",
  expired: "The robot did not hear it in time",
  unknown: "Nobody knows whether it opened",
};
