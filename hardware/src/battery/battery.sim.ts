import type { Clock } from "@kerbside/proto/base/clock";
import { type Battery, type BatteryReading, batteryFaults } from "./battery.ts";

/** A lithium pack of ten cells: 30 V empty, 42 V full. */
const emptyMv = 30_000;
const fullMv = 42_000;
const underVoltageMv = 31_000;
const hotC = 60;

export interface SimBatteryOptions {
  readonly clock: Clock;
  readonly capacityMah: number;
  readonly levelPct: number;
}

/** A pack that is drained and charged by whoever simulates the robot. It outlives the program that reads it. */
export class SimBattery implements Battery {
  readonly #clock: Clock;
  readonly #capacityMah: number;
  readonly #listeners = new Set<(reading: BatteryReading) => void>();
  #levelPct: number;
  #currentMa = 0;
  #temperatureC = 20;
  #isCut = false;
  #reading: BatteryReading;

  constructor({ clock, capacityMah, levelPct }: SimBatteryOptions) {
    this.#clock = clock;
    this.#capacityMah = capacityMah;
    this.#levelPct = levelPct;
    this.#reading = this.#gauge();
  }

  read(): BatteryReading {
    return this.#reading;
  }

  subscribe(listener: (reading: BatteryReading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This current flowed for this long: positive charges, negative drains. */
  flow(currentMa: number, durationMs: number): void {
    const movedMah = (currentMa * durationMs) / 3_600_000;
    this.#levelPct = clamp(this.#levelPct + (100 * movedMah) / this.#capacityMah);
    this.#currentMa = currentMa;
    this.#tell();
  }

  /** Sets the level, as a swap of the pack does. */
  swap(levelPct: number): void {
    this.#levelPct = clamp(levelPct);
    this.#tell();
  }

  warm(temperatureC: number): void {
    this.#temperatureC = temperatureC;
    this.#tell();
  }

  cutLink(): void {
    this.#isCut = true;
    this.#tell();
  }

  restoreLink(): void {
    this.#isCut = false;
    this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #tell(): void {
    const next = this.#isCut ? { ...this.#reading, faults: ["comms_lost" as const] } : this.#gauge();
    const isNews = describe(next) !== describe(this.#reading);
    this.#reading = next;
    if (isNews) for (const listener of this.#listeners) listener(next);
  }

  /** Gauges speak in tenths of a percent. */
  #gauge(): BatteryReading {
    const voltageMv = Math.round(emptyMv + ((fullMv - emptyMv) * this.#levelPct) / 100);
    const present = {
      over_temperature: this.#temperatureC >= hotC,
      under_voltage: voltageMv < underVoltageMv,
      comms_lost: false,
    };
    return {
      atMs: this.#clock.monotonic(),
      levelPct: Math.round(this.#levelPct * 10) / 10,
      voltageMv,
      currentMa: Math.round(this.#currentMa),
      temperatureC: this.#temperatureC,
      isCharging: this.#currentMa > 0,
      faults: batteryFaults.filter((fault) => present[fault]),
    };
  }
}

function describe({ atMs: _when, ...what }: BatteryReading): string {
  return JSON.stringify(what);
}

function clamp(levelPct: number): number {
  return Math.min(100, Math.max(0, levelPct));
}
