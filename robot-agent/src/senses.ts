import type { BatteryReading } from "@kerbside/hardware/battery/battery";
import type { EstopReading } from "@kerbside/hardware/estop/estop";
import type { GnssReading } from "@kerbside/hardware/gnss/gnss";
import { type LidEvent, LidRefused } from "@kerbside/hardware/lid/lid";
import type { Body, Fix, Input } from "./core/core.ts";
import type { LidReading } from "./core/lid-cycle.ts";
import type { RobotDevices } from "./devices.ts";
import { isSameDrive } from "./drive.ts";

/**
 * Turns what devices say into inputs. A device speaks in the middle of whatever it does, so each word waits for its
 * turn: nothing here calls back into a device.
 */
export class Senses implements Disposable {
  readonly #devices: RobotDevices;
  readonly #feed: (input: Input) => void;
  readonly #newId: () => string;
  readonly #stops: readonly (() => void)[];
  #headingDeg = 0;
  #isOver = false;

  constructor(devices: RobotDevices, feed: (input: Input) => void, newId: () => string) {
    this.#devices = devices;
    this.#feed = feed;
    this.#newId = newId;
    const { lid, gnss, battery, estop, drive, keypad } = devices;
    this.#stops = [
      lid.subscribe((event) => this.#soon(...lidInputs(event))),
      gnss.subscribe((reading) => this.#soon(this.#fix(reading))),
      battery.subscribe((reading) => this.#soon(batteryInput(reading))),
      estop.subscribe((reading) => this.#soon(chainInput(reading))),
      drive.onChange(() => this.#soon({ type: "drive", reading: drive.read() })),
      keypad.onCode((pin) => this.#soon({ type: "pin", attemptId: this.#newId(), pin })),
    ];
  }

  /** Everything that the devices know now. Where the lid is comes last: it is what the agent waits for. */
  lookAround(): void {
    const { lid, gnss, battery, estop, drive } = this.#devices;
    this.#feed({ type: "drive", reading: drive.read() });
    this.#feed(chainInput(estop.read()));
    this.#feed(batteryInput(battery.read()));
    this.#feed(this.#fix(gnss.read()));
    this.#feed({ type: "lid", reading: lidReading(lid.read()) });
  }

  /** What changes without being told: the speed. */
  glance({ drive: known }: Body): void {
    const reading = this.#devices.drive.read();
    if (!isSameDrive(reading, known)) this.#feed({ type: "drive", reading });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const stop of this.#stops) stop();
  }

  #soon(...inputs: readonly Input[]): void {
    queueMicrotask(() => {
      if (this.#isOver) return;
      for (const input of inputs) this.#feed(input);
    });
  }

  /** A robot that stands still has no course; it is taken to face where it last went. */
  #fix({ fix }: GnssReading): Input {
    if (fix) this.#headingDeg = fix.headingDeg ?? this.#headingDeg;
    const seen: Fix | null = fix && {
      place: { lat: fix.lat, lng: fix.lng },
      accuracyM: fix.accuracyM,
      speedMps: fix.speedMps,
      headingDeg: this.#headingDeg,
    };
    return { type: "fix", fix: seen };
  }
}

function lidInputs(event: LidEvent): readonly Input[] {
  switch (event.type) {
    case "edge":
    case "changed":
    case "lost":
    case "recovered":
    case "unlatch_done":
    case "latch_done":
      return [{ type: "lid", reading: lidReading(event.reading) }];
    case "unlatch_failed":
      return [
        { type: "lid", reading: lidReading(event.failure.reading) },
        { type: "actuator_failed", direction: "release" },
      ];
    case "latch_failed": {
      const sensed: Input = { type: "lid", reading: lidReading(event.failure.reading) };
      // Somebody lifts the lid this very moment: nothing failed, and its edge comes next.
      const isBeingLifted = event.failure instanceof LidRefused && event.failure.reason === "not_closed";
      return isBeingLifted ? [sensed] : [sensed, { type: "actuator_failed", direction: "engage" }];
    }
  }
}

function lidReading({ position, latch, goods, faults, isSettled, lastUnlatch }: LidReading): LidReading {
  return { position, latch, goods, faults, isSettled, lastUnlatch };
}

function batteryInput({ levelPct, isCharging }: BatteryReading): Input {
  return { type: "battery", battery: { pct: levelPct, isCharging } };
}

function chainInput({ isEngaged, isPressed, isLifted, isTippedOver }: EstopReading): Input {
  return { type: "estop", chain: { isEngaged, isPressed, isLifted, isTippedOver } };
}
