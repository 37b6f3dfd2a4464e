import { unit } from "../base/rng.ts";
import { SeededRng } from "../base/rng.seeded.ts";
import type { HeartbeatSample } from "./sample.ts";

/** How well a robot's sensors know what is true. All figures are 1-sigma. */
export interface SensorNoise {
  /** Position error that wanders with the satellites' geometry and reflections, and how long it remembers itself. */
  readonly wanderM: number;
  readonly wanderS: number;
  /** Position error that is new every second. */
  readonly positionM: number;
  readonly speedMps: number;
  readonly headingDeg: number;
  /** Flicker of the receiver's own estimate of its error. */
  readonly accuracyM: number;
  /** Lateness of the sampling timer. */
  readonly jitterMs: number;
}

/** Open sky, an ordinary street, and a street between high fronts. */
export const sensorNoises = {
  open: { wanderM: 0.8, wanderS: 120, positionM: 0.08, speedMps: 0.02, headingDeg: 0.4, accuracyM: 0.03, jitterMs: 1 },
  city: { wanderM: 1.5, wanderS: 60, positionM: 0.35, speedMps: 0.05, headingDeg: 1.5, accuracyM: 0.15, jitterMs: 3 },
  canyon: { wanderM: 4, wanderS: 30, positionM: 1.2, speedMps: 0.1, headingDeg: 4, accuracyM: 0.5, jitterMs: 6 },
} as const satisfies Readonly<Record<string, SensorNoise>>;

export interface TraceOptions {
  readonly seed: number;
  readonly samples: number;
  readonly noise?: SensorNoise;
}

const metresPerDegree = 111_320;
const start = { atMs: Date.UTC(2026, 0, 5, 9), lat: 51.128_207, lng: 71.430_411 };
const drive = { speedMinMps: 1, speedMaxMps: 1.6, accelerationMps2: 0.5, brakingMps2: 0.8 } as const;

/** Where the robot is in its errand: driving a block, waiting at a kerb, or standing at a door with its lid in use. */
interface Leg {
  readonly kind: "drive" | "wait" | "door";
  readonly endsAtS: number;
  readonly bearingDeg: number;
  readonly cruiseMps: number;
}

/**
 * A robot in a city, one sample a second: blocks of 60 to 140 m with turns and kerbs, a stop before each, now and then a
 * door where the lid is used, and sensors with the given noise. The same seed gives the same trace. Values lie on the
 * wire's grid, as the robot's sampler delivers them.
 */
export function cityTrace({ seed, samples, noise = sensorNoises.city }: TraceOptions): readonly HeartbeatSample[] {
  const rng = new SeededRng(seed);
  const robot = new TracedRobot(rng.fork("robot"));
  const sensors = new Sensors(rng.fork("sensors"), noise);
  return Array.from({ length: samples }, (_, second) => sensors.read(robot.advance(second), second));
}

interface Truth {
  readonly northM: number;
  readonly eastM: number;
  readonly speedMps: number;
  readonly headingDeg: number;
  readonly batteryPct: number;
  readonly isAtDoor: boolean;
  readonly doorS: number;
}

class TracedRobot {
  readonly #rng: SeededRng;
  #leg: Leg;
  #northM = 0;
  #eastM = 0;
  #speedMps = 0;
  #headingDeg = 0;
  #batteryPct = 97;
  #doorSinceS = 0;

  constructor(rng: SeededRng) {
    this.#rng = rng;
    this.#leg = this.#nextDrive(0);
    this.#headingDeg = this.#leg.bearingDeg;
  }

  advance(second: number): Truth {
    if (second >= this.#leg.endsAtS) this.#leg = this.#nextLeg(second);
    const leg = this.#leg;
    const remainingS = leg.endsAtS - second;
    const targetMps = leg.kind === "drive" ? Math.min(leg.cruiseMps, remainingS * drive.brakingMps2) : 0;
    const change = targetMps - this.#speedMps;
    this.#speedMps += Math.max(-drive.brakingMps2, Math.min(drive.accelerationMps2, change));
    this.#headingDeg +=
      Math.max(-25, Math.min(25, turn(this.#headingDeg, leg.bearingDeg))) * Math.min(1, this.#speedMps);
    const radians = (this.#headingDeg * Math.PI) / 180;
    this.#northM += Math.cos(radians) * this.#speedMps;
    this.#eastM += Math.sin(radians) * this.#speedMps;
    this.#batteryPct = Math.max(0, this.#batteryPct - 0.001 - 0.002 * this.#speedMps);
    return {
      northM: this.#northM,
      eastM: this.#eastM,
      speedMps: this.#speedMps,
      headingDeg: this.#headingDeg,
      batteryPct: this.#batteryPct,
      isAtDoor: leg.kind === "door",
      doorS: second - this.#doorSinceS,
    };
  }

  #nextLeg(second: number): Leg {
    if (this.#leg.kind !== "drive") return this.#nextDrive(second);
    const chance = unit(this.#rng);
    if (chance > 0.6) return this.#nextDrive(second);
    const isDoor = chance < 0.06;
    this.#doorSinceS = second;
    const durationS = isDoor ? 60 + unit(this.#rng) * 120 : 4 + unit(this.#rng) * 26;
    return { ...this.#leg, kind: isDoor ? "door" : "wait", endsAtS: second + Math.round(durationS) };
  }

  #nextDrive(second: number): Leg {
    const quarter = Math.floor(unit(this.#rng) * 4);
    const cruiseMps = drive.speedMinMps + unit(this.#rng) * (drive.speedMaxMps - drive.speedMinMps);
    const lengthM = 60 + unit(this.#rng) * 80;
    const previous = this.#leg?.bearingDeg ?? 12;
    const bearingDeg = previous + (quarter === 0 ? 90 : quarter === 1 ? -90 : (unit(this.#rng) - 0.5) * 8);
    return { kind: "drive", endsAtS: second + Math.round(lengthM / cruiseMps), bearingDeg, cruiseMps };
  }
}

class Sensors {
  readonly #rng: SeededRng;
  readonly #noise: SensorNoise;
  #wanderNorthM = 0;
  #wanderEastM = 0;
  #accuracyM: number;

  constructor(rng: SeededRng, noise: SensorNoise) {
    this.#rng = rng;
    this.#noise = noise;
    this.#accuracyM = noise.wanderM + noise.positionM;
  }

  read(truth: Truth, second: number): HeartbeatSample {
    const noise = this.#noise;
    this.#wanderNorthM = this.#wander(this.#wanderNorthM);
    this.#wanderEastM = this.#wander(this.#wanderEastM);
    this.#accuracyM += 0.02 * (noise.wanderM + noise.positionM - this.#accuracyM) + this.#gauss(noise.accuracyM / 3);
    const northM = truth.northM + this.#wanderNorthM + this.#gauss(noise.positionM);
    const eastM = truth.eastM + this.#wanderEastM + this.#gauss(noise.positionM);
    const isMoving = truth.speedMps > 0.02;
    const heading = truth.headingDeg + this.#gauss(isMoving ? noise.headingDeg : noise.headingDeg / 20);
    const lid = truth.isAtDoor ? lidAt(truth.doorS) : "closed_locked";
    return {
      atMs: start.atMs + second * 1_000 + Math.round(Math.abs(this.#gauss(noise.jitterMs))),
      lat: onGrid(start.lat + northM / metresPerDegree, 1e7),
      lng: onGrid(start.lng + eastM / (metresPerDegree * Math.cos((start.lat * Math.PI) / 180)), 1e7),
      accuracyM: onGrid(Math.max(0.3, this.#accuracyM + this.#gauss(noise.accuracyM)), 10),
      speedMps: isMoving ? onGrid(Math.max(0, truth.speedMps + this.#gauss(noise.speedMps)), 100) : 0,
      headingDeg: onGrid(((heading % 360) + 360) % 360, 10) % 360,
      batteryPct: onGrid(truth.batteryPct, 10),
      lid,
      operationalState: "working",
      controlMode: "AUTOMATIC",
      motionSafety: isMoving ? "moving" : "stopped",
      lidFlags: 0,
    };
  }

  /** First-order Gauss–Markov, as receivers' position errors are commonly modelled. */
  #wander(errorM: number): number {
    const kept = Math.exp(-1 / this.#noise.wanderS);
    return errorM * kept + this.#gauss(this.#noise.wanderM * Math.sqrt(1 - kept * kept));
  }

  /** Box–Muller. */
  #gauss(sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - unit(this.#rng)));
    return sigma * radius * Math.cos(2 * Math.PI * unit(this.#rng));
  }
}

function lidAt(doorS: number): HeartbeatSample["lid"] {
  if (doorS < 30) return "closed_locked";
  if (doorS < 33) return "closed_unlocked";
  return doorS < 50 ? "open" : "closed_locked";
}

/** The way to turn, in degrees between -180 and 180. */
function turn(fromDeg: number, toDeg: number): number {
  return ((((toDeg - fromDeg + 180) % 360) + 360) % 360) - 180;
}

function onGrid(value: number, perUnit: number): number {
  return Math.round(value * perUnit) / perUnit;
}
