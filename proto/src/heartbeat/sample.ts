/** Small closed sets that a heartbeat carries as an index. Append only; the order is the wire. */
export const heartbeatSets = {
  lid: ["closed_locked", "unlock_authorised", "closed_unlocked", "open", "opening", "closing", "unknown"],
  operational_state: ["uninitialized", "idle", "working", "charging", "error", "shutdown"],
  control_mode: ["STARTUP", "AUTOMATIC", "SEMIAUTOMATIC", "INTERVENED", "MANUAL", "SERVICE", "TEACH_IN"],
  motion_safety: ["moving", "stopped", "safe_stop", "e_stop", "tipped_over", "lifted"],
} as const;

/**
 * One second of a robot's life. Wire resolution: 1e-7 degrees, 1 cm/s, 0.1 degree of heading, 0.1 % of battery, 1 ms.
 * `lat`/`lng` are null without a fix; `accuracyM` is the horizontal 1-sigma estimate in decimetre steps.
 */
export interface HeartbeatSample {
  readonly atMs: number;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly accuracyM: number;
  readonly speedMps: number;
  readonly headingDeg: number;
  readonly batteryPct: number;
  readonly lid: (typeof heartbeatSets)["lid"][number];
  readonly operationalState: (typeof heartbeatSets)["operational_state"][number];
  readonly controlMode: (typeof heartbeatSets)["control_mode"][number];
  readonly motionSafety: (typeof heartbeatSets)["motion_safety"][number];
  /** Bit set of lidFlags, by index. */
  readonly lidFlags: number;
}
