import type { Place } from "@kerbside/proto/base/place";

/** One leg: follow the route to its end. */
export interface DriveOrder {
  readonly orderId: string;
  /** The way as a line, its last point the stop. The robot joins it at the point nearest to where it stands. */
  readonly route: readonly Place[];
  readonly speedLimitMps: number;
}

/** What the drive says of itself. */
export interface DriveReading {
  readonly isMoving: boolean;
  readonly speedMps: number;
  /** The order whose route was driven to its end; stays until another order is given. */
  readonly arrivedOrder: string | null;
}

/**
 * The wheels and what drives them. Both orders take effect at once and replace the one before. Whether wheels may turn
 * is the agent's decision; the drive obeys, and stands still whenever nothing was ordered.
 */
export interface Drive {
  follow(order: DriveOrder): void;
  hold(): void;
  read(): DriveReading;
  /** Hears of every start, stop and arrival. Returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

export function isSameDrive(a: DriveReading, b: DriveReading): boolean {
  return a.isMoving === b.isMoving && a.speedMps === b.speedMps && a.arrivedOrder === b.arrivedOrder;
}
