import { SimBattery } from "@kerbside/hardware/battery/battery.sim";
import { SimEstop } from "@kerbside/hardware/estop/estop.sim";
import { SimGnss } from "@kerbside/hardware/gnss/gnss.sim";
import { SimIndicator } from "@kerbside/hardware/indicator/indicator.sim";
import { SimLid } from "@kerbside/hardware/lid/lid.sim";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Place } from "@kerbside/proto/base/place";
import type { Rng } from "@kerbside/proto/base/rng";
import type { RobotDevices } from "./devices.ts";
import { SimDrive } from "./drive.sim.ts";
import { MemoryKeypad } from "./keypad.ts";

const stepMs = 100;
const fixEveryMs = 1_000;
/** What driving and standing take of a pack of 20 Ah. */
const currentMa = { driving: -2_500, standing: -300 } as const;

export interface SimulatedBodyOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly place: Place;
  readonly gnssNoiseM?: number;
  readonly levelPct?: number;
}

/** A whole robot without one: for the agent alone on a desk, and for its tests. Time passes while it runs. */
export class SimulatedBody implements RobotDevices, AsyncDisposable {
  readonly lid: SimLid;
  readonly gnss: SimGnss;
  readonly battery: SimBattery;
  readonly estop: SimEstop;
  readonly indicator = new SimIndicator();
  readonly drive: SimDrive;
  readonly keypad = new MemoryKeypad();
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor({ clock, rng, place, gnssNoiseM = 0.5, levelPct = 90 }: SimulatedBodyOptions) {
    this.#clock = clock;
    this.lid = new SimLid({ clock });
    this.gnss = new SimGnss({ clock, rng, noiseM: gnssNoiseM });
    this.battery = new SimBattery({ clock, capacityMah: 20_000, levelPct });
    this.estop = new SimEstop({ clock });
    this.drive = new SimDrive(place);
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let passedMs = 0; !signal.aborted; passedMs += stepMs) {
      if (!this.estop.read().isEngaged) this.drive.advance(stepMs);
      if (passedMs % fixEveryMs === 0) this.#speak();
      await this.#clock.sleep(stepMs, signal).catch(() => undefined);
    }
  }

  #speak(): void {
    const { place, headingDeg } = this.drive;
    const { isMoving, speedMps } = this.drive.read();
    this.gnss.move({ place, speedMps, headingDeg });
    this.battery.flow(isMoving ? currentMa.driving : currentMa.standing, fixEveryMs);
  }
}
