/**
 * The safety chain that cuts power to the wheels: a latching red button, an order from us, and what the chassis senses.
 * Cutting never needs this program: the button works on its own. Only restoring does, and never while the button is in.
 */
export interface Estop extends AsyncDisposable {
  /** What is known now. */
  read(): EstopReading;
  /** Cuts power to the wheels at once. Idempotent; the change arrives as a reading. */
  engage(): void;
  /** Restores power. While the button is in or the robot is lifted or tipped nothing changes and the answer is `EstopHeld`. */
  release(): EstopHeld | null;
  /** Calls for every change of the reading, until the answered function is called. */
  subscribe(listener: (reading: EstopReading) => void): () => void;
}

/** The safety chain at one moment; any cause cuts the power. */
export interface EstopReading {
  /** When the chain last changed, on the adapter's monotonic clock, milliseconds. */
  readonly atMs: number;
  /** Power to the wheels is cut, whatever the cause. */
  readonly isEngaged: boolean;
  /** The red button is in. */
  readonly isPressed: boolean;
  /** Off its wheels: somebody carries it. */
  readonly isLifted: boolean;
  readonly isTippedOver: boolean;
}

/** Power stays cut because a person or gravity holds it so. */
export class EstopHeld extends Error {
  readonly code = "estop_held";
  readonly reading: EstopReading;

  constructor(reading: EstopReading) {
    super(`e-stop is held: pressed=${reading.isPressed} lifted=${reading.isLifted} tippedOver=${reading.isTippedOver}`);
    this.name = "EstopHeld";
    this.reading = reading;
  }
}
