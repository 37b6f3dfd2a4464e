import { SimBattery } from "@kerbside/hardware/battery/battery.sim";
import { SimEstop } from "@kerbside/hardware/estop/estop.sim";
import { SimGnss } from "@kerbside/hardware/gnss/gnss.sim";
import { SimIndicator } from "@kerbside/hardware/indicator/indicator.sim";
import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Place } from "@kerbside/proto/base/place";
import type { Rng } from "@kerbside/proto/base/rng";
import { distanceM } from "@kerbside/proto/geo/geo";
import { MemoryKeypad } from "@kerbside/robot-agent";
import { SimWheels } from "./wheels.ts";

export interface RobotBodyOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** The lid as people find it; its device is the robot's own affair. */
  readonly lid: LidBody;
  readonly place: Place;
  readonly levelPct: number;
  /** Where it is charged when it stands there. */
  readonly chargers: readonly Place[];
  /** How many of the body's seconds pass in one of ours: movement, current and nothing else. */
  readonly speedUp: number;
}

/** A pack of 20 Ah at 36 V: a day of errands. */
const capacityMah = 20_000;
/** Wheels at a brisk walk; computer, modem and lights; a charger at the hub. */
const currentMa = { driving: -2_600, standing: -350, charging: 8_000 } as const;
const chargerReachM = 20;
/** Movement is worked out in steps of at most this much of the body's time. */
const stepS = 0.25;

/** Everything of a robot but its program and its lid's device: it outlives the agent, as a real one does. */
export class RobotBody {
  readonly lid: LidBody;
  readonly gnss: SimGnss;
  readonly battery: SimBattery;
  readonly estop: SimEstop;
  readonly indicator = new SimIndicator();
  readonly drive: SimWheels;
  readonly keypad = new MemoryKeypad();
  /** Without one no cell is heard, wherever the robot is. */
  hasAntenna = true;
  readonly #chargers: readonly Place[];
  readonly #speedUp: number;

  constructor({ clock, rng, lid, place, levelPct, chargers, speedUp }: RobotBodyOptions) {
    this.lid = lid;
    this.gnss = new SimGnss({ clock, rng, noiseM: 0.8 });
    this.battery = new SimBattery({ clock, capacityMah, levelPct });
    this.estop = new SimEstop({ clock });
    this.drive = new SimWheels(place);
    this.#chargers = chargers;
    this.#speedUp = speedUp;
    this.speak();
  }

  get place(): Place {
    return this.drive.place;
  }

  /** So much of our time passes: the wheels turn unless power is cut, and charge flows. */
  advance(durationMs: number): void {
    const seconds = (durationMs / 1_000) * this.#speedUp;
    if (!this.estop.read().isEngaged) {
      for (let passed = 0; passed < seconds; passed += stepS) this.drive.advance(Math.min(stepS, seconds - passed));
    }
    this.battery.flow(this.#currentMa(), seconds * 1_000);
  }

  /** The receiver speaks, as it does once a second. */
  speak(): void {
    const { speedMps } = this.drive.read();
    this.gnss.move({ place: this.place, speedMps, headingDeg: this.drive.headingDeg });
  }

  #currentMa(): number {
    if (this.drive.read().isMoving) return currentMa.driving;
    const isCharged = this.battery.read().levelPct >= 100;
    const isAtCharger = this.#chargers.some((charger) => distanceM(charger, this.place) <= chargerReachM);
    return isAtCharger && !isCharged ? currentMa.charging : currentMa.standing;
  }
}
