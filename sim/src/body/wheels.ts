import type { Place } from "@kerbside/proto/base/place";
import type { Drive, DriveOrder, DriveReading } from "@kerbside/robot-agent";
import { advance, joinAt, kerbPace, placeAt, type Track, trackOf } from "./track.ts";

/** The simulated wheels: they follow a line at a kerb-side pace, and stand still whenever nothing was ordered. */
export class SimWheels implements Drive {
  readonly #listeners = new Set<() => void>();
  #place: Place;
  #headingDeg = 0;
  #track: Track | null = null;
  #order: DriveOrder | null = null;
  #metres = 0;
  #speedMps = 0;
  #arrivedOrder: string | null = null;
  #isBlocked = false;

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
    if (order.orderId === this.#arrivedOrder) return;
    this.#order = order;
    this.#track = trackOf(order.route);
    this.#metres = joinAt(this.#track, this.#place);
    this.#arrivedOrder = null;
    this.#tell();
  }

  hold(): void {
    if (!this.#order) return;
    this.#order = null;
    this.#track = null;
    this.#speedMps = 0;
    this.#tell();
  }

  read(): DriveReading {
    return { isMoving: this.#speedMps > 0, speedMps: this.#speedMps, arrivedOrder: this.#arrivedOrder };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody stands in the way, or steps aside. */
  block(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
  }

  /** So much of the body's time passes. */
  advance(seconds: number): void {
    if (!this.#track || !this.#order || this.#arrivedOrder !== null) return;
    const before = this.read();
    if (this.#isBlocked) this.#speedMps = 0;
    else this.#roll(this.#track, this.#order, seconds);
    const now = this.read();
    if (now.isMoving !== before.isMoving || now.arrivedOrder !== before.arrivedOrder) this.#tell();
  }

  #roll(track: Track, order: DriveOrder, seconds: number): void {
    const pace = { ...kerbPace, limitMps: Math.min(1.6, order.speedLimitMps) };
    const next = advance(track, { metres: this.#metres, speedMps: this.#speedMps }, { pace, seconds });
    this.#metres = next.metres;
    this.#speedMps = next.speedMps;
    const { place, headingDeg } = placeAt(track, next.metres);
    this.#place = place;
    this.#headingDeg = headingDeg;
    if (next.metres >= track.lengthM) this.#arrivedOrder = order.orderId;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
