import { afterEach, beforeEach, expect, test } from "vitest";
import { type Estop, EstopHeld, type EstopReading } from "./estop.ts";

/** A robot standing on its wheels with power, and what people do to it. */
export interface EstopRig extends AsyncDisposable {
  readonly estop: Estop;
  press(): void;
  pullOut(): void;
  lift(): void;
  setDown(): void;
  tipOver(): void;
  setUpright(): void;
  /** Lets time pass until this holds; fails when it does not within 5 s. */
  until(holds: () => boolean): Promise<void>;
}

/** What every `Estop` does, whatever it is made of. */
export function estopSuite(makeRig: () => Promise<EstopRig>): void {
  let rig: EstopRig;
  let readings: EstopReading[];

  beforeEach(async () => {
    rig = await makeRig();
    readings = [];
    rig.estop.subscribe((reading) => readings.push(reading));
  });

  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test("an order cuts power and another restores it", async () => {
    rig.estop.engage();
    await rig.until(() => rig.estop.read().isEngaged);
    const answer = rig.estop.release();
    await rig.until(() => !rig.estop.read().isEngaged);

    expect(answer).toBeNull();
    expect(readings.map((reading) => reading.isEngaged)).toEqual([true, false]);
  });

  test("engaging twice is told once", async () => {
    rig.estop.engage();
    rig.estop.engage();
    await rig.until(() => rig.estop.read().isEngaged);

    expect(readings).toHaveLength(1);
  });

  test("the red button cuts power, and only pulled out can power be restored", async () => {
    rig.press();
    await rig.until(() => rig.estop.read().isEngaged);
    const whilePressed = rig.estop.release();
    rig.pullOut();
    await rig.until(() => !rig.estop.read().isPressed);
    const stillCut = rig.estop.read().isEngaged;
    const whileOut = rig.estop.release();
    await rig.until(() => !rig.estop.read().isEngaged);

    expect(whilePressed).toBeInstanceOf(EstopHeld);
    expect(whilePressed?.message).toContain("pressed=true");
    expect(stillCut).toBe(true);
    expect(whileOut).toBeNull();
  });

  test("a lifted robot has no power to its wheels, nor when set down until released", async () => {
    rig.lift();
    await rig.until(() => rig.estop.read().isLifted);
    const lifted = rig.estop.read();
    const whileLifted = rig.estop.release();
    rig.setDown();
    await rig.until(() => !rig.estop.read().isLifted);

    expect(lifted.isEngaged).toBe(true);
    expect(whileLifted).toBeInstanceOf(EstopHeld);
    expect(rig.estop.read().isEngaged).toBe(true);
  });

  test("a robot that tipped over holds the stop until it stands", async () => {
    rig.tipOver();
    await rig.until(() => rig.estop.read().isTippedOver);
    const whileTipped = rig.estop.release();
    rig.setUpright();
    await rig.until(() => !rig.estop.read().isTippedOver);

    expect(whileTipped).toBeInstanceOf(EstopHeld);
    expect(rig.estop.release()).toBeNull();
  });
}
