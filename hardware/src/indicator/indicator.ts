/** Lights and a buzzer: how the robot tells people around it what it does. */
export interface Indicator extends AsyncDisposable {
  /** Shows this signal until another is shown. Showing the present one again restarts it. */
  show(signal: IndicatorSignal): void;
  /** The signal being shown; `dark` at start. */
  read(): IndicatorSignal;
}

/** What people should understand. The pattern of light and sound for each is the adapter's. */
export const indicatorSignals = [
  "dark",
  "idle",
  "driving",
  "charging",
  "awaiting_merchant",
  "awaiting_customer",
  "unlocked",
  "please_close",
  "code_accepted",
  "code_refused",
  "locked_out",
  "identify",
  "fault",
  "e_stop",
] as const;
export type IndicatorSignal = (typeof indicatorSignals)[number];
