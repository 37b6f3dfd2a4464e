import type { Place } from "@kerbside/proto/base/place";
import { bearingDeg, between, distanceM } from "@kerbside/proto/geo/geo";
import type { Drive, DriveOrder, DriveReading } from "./drive.ts";

/**
 * Wheels that go along the route at the permitted speed, at once and without slipping. Time passes by `advance` only, so
 * whoever simulates decides how fast. Like real motors it stands still when its program dies: call `hold` then.
 */
export class SimDrive implements Drive {
  readonly #listeners = new Set<() => void>();
  #place: Place;
  #headingDeg = 0;
  #order: DriveOrder | null = null;
  /** What is left of the route, the next point first. */
  #ahead: readonly Place[] = [];
  #arrivedOrder: string | null = null;

  constructor(place: Place) {
    this.#place = place;
  }

  get place(): Place {
    return this.#place;
  }

  get headingDeg(): number {
    return this.#headingDeg;
  }

  follow(order: DriveOrder): void {
    const isSame = order.orderId === this.#arrivedOrder;
    this.#order = isSame ? null : order;
    this.#ahead = isSame ? [] : order.route.slice(nearestPoint(order.route, this.#place));
    if (!isSame) this.#arrivedOrder = null;
    this.#tell();
  }

  hold(): void {
    if (!this.#order) return;
    this.#order = null;
    this.#tell();
  }

  read(): DriveReading {
    const isMoving = this.#order !== null;
    return { isMoving, speedMps: this.#order?.speedLimitMps ?? 0, arrivedOrder: this.#arrivedOrder };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This much of the body's time passes. */
  advance(durationMs: number): void {
    const order = this.#order;
    if (!order) return;
    let leftM = (order.speedLimitMps * durationMs) / 1_000;
    for (let next = this.#ahead[0]; next; next = this.#ahead[0]) {
      const wayM = distanceM(this.#place, next);
      if (wayM > 0.01) this.#headingDeg = bearingDeg(this.#place, next);
      if (wayM > leftM) {
        this.#place = between(this.#place, next, leftM / wayM);
        return;
      }
      leftM -= wayM;
      this.#place = next;
      this.#ahead = this.#ahead.slice(1);
    }
    this.#order = null;
    this.#arrivedOrder = order.orderId;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function nearestPoint(route: readonly Place[], from: Place): number {
  let nearest = 0;
  for (const [index, point] of route.entries()) {
    if (distanceM(point, from) < distanceM(route[nearest] ?? point, from)) nearest = index;
  }
  return nearest;
}
