import type { Clock } from "@kerbside/proto/base/clock";
import type { Place } from "@kerbside/proto/base/place";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import type { Gnss, GnssFix, GnssReading } from "./gnss.ts";

/** Where the robot truly is. */
export interface Motion {
  readonly place: Place;
  readonly speedMps: number;
  readonly headingDeg: number;
}

/** Metres in one degree of latitude. */
const metresPerDegree = 111_194.9;
/** Errors of a receiver drift: most of the last one is in the next. */
const persistence = 0.9;

/** A receiver whose error wanders; with `noiseM` 0 it tells the truth. Each `move` is one fix. */
export class SimGnss implements Gnss {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #noiseM: number;
  readonly #listeners = new Set<(reading: GnssReading) => void>();
  #northM = 0;
  #eastM = 0;
  #hasSky = true;
  #isCut = false;
  #hasSpoken = false;
  #fix: GnssFix | null = null;
  #atMs = 0;

  /** `noiseM` is the 1-sigma error of either axis in metres. */
  constructor({ clock, rng, noiseM }: { readonly clock: Clock; readonly rng: Rng; readonly noiseM: number }) {
    this.#clock = clock;
    this.#rng = rng;
    this.#noiseM = noiseM;
  }

  read(): GnssReading {
    const isUp = this.#hasSpoken && !this.#isCut;
    return { atMs: this.#atMs, fix: isUp ? this.#fix : null, link: isUp ? "up" : "lost", refusedCount: 0 };
  }

  subscribe(listener: (reading: GnssReading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The robot is here now, and the receiver speaks. */
  move(motion: Motion): void {
    this.#wander();
    if (this.#isCut) return;
    this.#hasSpoken = true;
    this.#atMs = this.#clock.monotonic();
    this.#fix = this.#hasSky ? this.#measure(motion) : null;
    this.#tell();
  }

  /** Under a bridge: the receiver speaks but has no position. */
  loseSky(): void {
    this.#hasSky = false;
  }

  regainSky(): void {
    this.#hasSky = true;
  }

  cutLink(): void {
    this.#isCut = true;
    this.#tell();
  }

  /** The link is `up` again with the next `move`. */
  restoreLink(): void {
    this.#isCut = false;
    this.#hasSpoken = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #wander(): void {
    const step = this.#noiseM * Math.sqrt(1 - persistence ** 2);
    this.#northM = persistence * this.#northM + step * gauss(this.#rng);
    this.#eastM = persistence * this.#eastM + step * gauss(this.#rng);
  }

  #measure({ place, speedMps, headingDeg }: Motion): GnssFix {
    const metresPerDegreeEast = metresPerDegree * Math.cos((place.lat * Math.PI) / 180);
    return {
      lat: place.lat + this.#northM / metresPerDegree,
      lng: place.lng + this.#eastM / metresPerDegreeEast,
      accuracyM: Math.max(0.1, this.#noiseM),
      speedMps,
      headingDeg: speedMps < 0.2 ? null : headingDeg,
      satellites: 14,
      quality: "gnss",
      utcMs: this.#clock.now(),
    };
  }

  #tell(): void {
    const reading = this.read();
    for (const listener of this.#listeners) listener(reading);
  }
}

/** A normal draw (Box and Muller 1958). */
function gauss(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - unit(rng))) * Math.cos(2 * Math.PI * unit(rng));
}
