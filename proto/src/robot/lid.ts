/** Why a lid is opened; the delivery guard applies to the first four. Zod-free. */
export const lidPurposes = ["load", "unload", "return_unload", "transfer", "inspect", "service"] as const;
export type LidPurpose = (typeof lidPurposes)[number];

/** Faults stand beside the lid's state, so that they never hide where the lid is. */
export const lidFlags = [
  "forced_open",
  "jammed",
  "ajar",
  "sensor_disagree",
  "obstructed",
  "stalled",
  "comms_lost",
  "power_low",
] as const;
export type LidFlag = (typeof lidFlags)[number];

/** What lets a robot open: a signed command from the cloud, or a signed grant that somebody proves on the spot. */
export interface Authorisation {
  readonly kind: "command" | "grant";
  readonly id: string;
}
