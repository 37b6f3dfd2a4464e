/** The pack and its gauge. */
export interface Battery extends AsyncDisposable {
  /** What is known now. */
  read(): BatteryReading;
  /** Calls for every change of the reading, until the answered function is called. */
  subscribe(listener: (reading: BatteryReading) => void): () => void;
}

/** What the gauge can tell to be wrong. */
export const batteryFaults = ["over_temperature", "under_voltage", "comms_lost"] as const;
export type BatteryFault = (typeof batteryFaults)[number];

/** All that is known of the pack at one moment. */
export interface BatteryReading {
  /** When the gauge last said so, on the adapter's monotonic clock, milliseconds. */
  readonly atMs: number;
  /** State of charge in percent, 0 to 100, resolution 0.1. With `comms_lost` the last one known. */
  readonly levelPct: number;
  readonly voltageMv: number;
  /** Positive while charging, negative while discharging. */
  readonly currentMa: number;
  readonly temperatureC: number;
  readonly isCharging: boolean;
  /** In the order of `batteryFaults`, each at most once. */
  readonly faults: readonly BatteryFault[];
}
