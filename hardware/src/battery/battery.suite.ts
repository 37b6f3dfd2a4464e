import { afterEach, beforeEach, expect, test } from "vitest";
import type { Battery, BatteryReading } from "./battery.ts";

/** A pack of 20 Ah, half full and at rest, and what can happen to it. */
export interface BatteryRig extends AsyncDisposable {
  readonly battery: Battery;
  /** This current flows for this long: positive charges, negative drains. */
  flow(currentMa: number, durationMs: number): void;
  warm(temperatureC: number): void;
  cutLink(): void;
  restoreLink(): void;
  /** Lets time pass until this holds; fails when it does not within 5 s. */
  until(holds: () => boolean): Promise<void>;
}

const hourMs = 3_600_000;

/** What every `Battery` does, whatever it is made of. */
export function batterySuite(makeRig: () => Promise<BatteryRig>): void {
  let rig: BatteryRig;
  let readings: BatteryReading[];

  beforeEach(async () => {
    rig = await makeRig();
    readings = [];
    rig.battery.subscribe((reading) => readings.push(reading));
  });

  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test("drain lowers the level by what flowed", async () => {
    rig.flow(-5_000, hourMs);
    await rig.until(() => rig.battery.read().levelPct < 50);

    expect(rig.battery.read()).toMatchObject({ levelPct: 25, currentMa: -5_000, isCharging: false, faults: [] });
    expect(readings.at(-1)).toEqual(rig.battery.read());
  });

  test("charge raises the level and stops at full", async () => {
    rig.flow(20_000, hourMs);
    await rig.until(() => rig.battery.read().levelPct > 50);

    expect(rig.battery.read()).toMatchObject({ levelPct: 100, isCharging: true });
  });

  test("an empty pack reports under-voltage and stays at zero", async () => {
    rig.flow(-20_000, hourMs);
    await rig.until(() => rig.battery.read().faults.length > 0);

    expect(rig.battery.read()).toMatchObject({ levelPct: 0, faults: ["under_voltage"] });
  });

  test("a hot pack reports over-temperature until it has cooled", async () => {
    rig.warm(65);
    await rig.until(() => rig.battery.read().faults.includes("over_temperature"));
    rig.warm(25);
    await rig.until(() => rig.battery.read().faults.length === 0);

    expect(readings.map((reading) => reading.faults)).toEqual([["over_temperature"], []]);
  });

  test("a gauge that does not answer keeps the last level and says so", async () => {
    rig.cutLink();
    await rig.until(() => rig.battery.read().faults.includes("comms_lost"));
    const lost = rig.battery.read();
    rig.restoreLink();
    await rig.until(() => rig.battery.read().faults.length === 0);

    expect(lost).toMatchObject({ levelPct: 50, faults: ["comms_lost"] });
  });

  test("an unchanged reading is not told again", async () => {
    rig.flow(-1_000, 1);
    rig.flow(-1_000, 1);
    await rig.until(() => rig.battery.read().currentMa === -1_000);

    expect(readings).toHaveLength(1);
  });
}
