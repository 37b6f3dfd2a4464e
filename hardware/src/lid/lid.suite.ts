import { afterEach, beforeEach, expect, test } from "vitest";
import { isSecure, type Lid, type LidEvent, LidRefused, LidStuck, LidUnreachable, type Unlatching } from "./lid.ts";
import type { LidBody } from "./mechanism.sim.ts";
import { unlatchHash } from "./unlatch-hash.ts";

/** One lid, closed and latched and in touch, and the hands on it. */
export interface LidRig extends AsyncDisposable {
  readonly lid: Lid;
  readonly body: LidBody;
  cutLink(): void;
  restoreLink(): void;
  /** Lets time pass until this holds; fails when it does not within 5 s. */
  until(holds: () => boolean): Promise<void>;
}

const first: Unlatching = {
  authorisation: { kind: "command", id: "018f0000-0000-7000-8000-000000000001" },
  nonce: "n1",
};
const second: Unlatching = { ...first, nonce: "n2" };

/** What every `Lid` does, whatever it is made of. */
export function lidSuite(makeRig: () => Promise<LidRig>): void {
  let rig: LidRig;
  let events: LidEvent[];
  const seen = (): string[] => events.map((event) => (event.type === "edge" ? event.edge : event.type));
  const heard = (what: string) => () => seen().includes(what);
  const failure = (): Error | undefined => events.flatMap((event) => ("failure" in event ? [event.failure] : []))[0];

  beforeEach(async () => {
    rig = await makeRig();
    events = [];
    rig.lid.subscribe((event) => events.push(event));
  });

  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
  });

  async function unlatchAndOpen(): Promise<void> {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.body.openLid();
    await rig.until(heard("lid_opened"));
  }

  test("a lid at rest is closed, latched and without fault", () => {
    const reading = rig.lid.read();

    expect(reading).toMatchObject({
      position: "closed",
      latch: "engaged",
      goods: "absent",
      faults: [],
      lastUnlatch: null,
    });
    expect(isSecure(reading)).toBe(true);
  });

  test("unlatching releases the latch once and says so", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));

    expect(seen().filter((what) => what !== "changed")).toEqual(["latch_released", "unlatch_done"]);
    expect(rig.lid.read()).toMatchObject({ position: "closed", latch: "released" });
    expect(rig.body.energised).toMatchObject([{ direction: "release", hash: unlatchHash(first), moved: true }]);
  });

  test("a whole cycle tells each edge once, in order", async () => {
    await unlatchAndOpen();
    rig.body.closeLid();
    await rig.until(heard("lid_closed"));
    rig.lid.latch();
    await rig.until(heard("latch_done"));

    expect(seen().filter((what) => what !== "changed")).toEqual([
      "latch_released",
      "unlatch_done",
      "lid_opened",
      "lid_closed",
      "latch_engaged",
      "latch_done",
    ]);
    expect(isSecure(rig.lid.read())).toBe(true);
  });

  test("the lid remembers whose right released it and whether it was opened since", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    const before = rig.lid.read().lastUnlatch;
    rig.body.openLid();
    await rig.until(() => rig.lid.read().lastUnlatch?.opened === true);

    expect(before).toEqual({ hash: unlatchHash(first), opened: false });
    expect(rig.lid.read().lastUnlatch).toEqual({ hash: unlatchHash(first), opened: true });
  });

  test("one intent moves the latch once; a new nonce moves it again", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.lid.latch();
    await rig.until(heard("latch_done"));
    rig.lid.unlatch(first);
    await rig.until(
      () => seen().includes("unlatch_failed") || seen().filter((what) => what === "unlatch_done").length > 1,
    );
    rig.lid.unlatch(second);
    await rig.until(() => rig.body.energised.at(-1)?.hash === unlatchHash(second));

    expect(failure()).toMatchObject({ code: "lid_refused", reason: "already_used" });
    expect(rig.body.energised.filter((drive) => drive.hash === unlatchHash(first))).toHaveLength(1);
  });

  test("a second order while one is under way is refused, and the first one ends well", async () => {
    rig.lid.unlatch(first);
    rig.lid.unlatch(second);
    await rig.until(heard("unlatch_done"));

    expect(failure()).toBeInstanceOf(LidRefused);
    expect(events.find((event) => event.type === "unlatch_failed")).toMatchObject({
      nonce: "n2",
      failure: { reason: "busy" },
    });
    expect(rig.body.energised).toHaveLength(1);
  });

  test("a jammed latch is reported stuck, and works again when freed", async () => {
    rig.body.jam();
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_failed"));
    const { faults } = rig.lid.read();
    rig.body.free();
    rig.lid.unlatch(second);
    await rig.until(heard("unlatch_done"));

    expect(failure()).toBeInstanceOf(LidStuck);
    expect(failure()?.message).toContain("lid did not release: position=closed latch=engaged");
    expect(faults).toEqual(["stalled"]);
    expect(rig.lid.read().faults).toEqual([]);
  });

  test("a lid that stands open is not latched", async () => {
    await unlatchAndOpen();
    rig.lid.latch();
    await rig.until(heard("latch_failed"));

    expect(failure()).toMatchObject({ code: "lid_refused", reason: "not_closed" });
    expect(rig.body.isLatched).toBe(false);
  });

  test("a lid that was lifted a moment ago is not latched, though its contacts have not settled", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.body.openLid();
    rig.lid.latch();
    await rig.until(heard("latch_failed"));

    expect(failure()).toMatchObject({ code: "lid_refused", reason: "not_closed" });
    expect(rig.body.energised.map(({ direction }) => direction)).toEqual(["release"]);
  });

  test("a bolt that meets a lid being lifted is taken back, and the lid can be closed and latched", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.lid.latch();
    await rig.until(() => rig.body.energised.at(-1)?.direction === "engage");
    rig.body.openLid();
    await rig.until(heard("latch_failed"));
    await rig.until(() => rig.lid.read().isSettled && !rig.body.isLatched);
    const closed = rig.body.closeLid();
    await rig.until(heard("lid_closed"));
    rig.lid.latch();
    await rig.until(heard("latch_done"));

    expect(failure()).toBeInstanceOf(LidStuck);
    expect(closed).toBe(true);
    expect(rig.body.energised.map(({ direction, hash }) => [direction, hash])).toEqual([
      ["release", unlatchHash(first)],
      ["engage", null],
      ["release", null],
      ["engage", null],
    ]);
  });

  test("what is read is settled when neither bolt nor lid is on its way", async () => {
    const atRest = rig.lid.read().isSettled;
    rig.lid.unlatch(first);
    await rig.until(() => rig.body.energised.length > 0 && !rig.lid.read().isSettled);
    await rig.until(heard("unlatch_done"));
    await rig.until(() => rig.lid.read().isSettled);
    rig.body.openLid();
    await rig.until(heard("lid_opened"));
    await rig.until(() => rig.lid.read().isSettled);

    expect(atRest).toBe(true);
    expect(seen()).toContain("changed");
  });

  test("an obstructed lid stays open and says why until cleared", async () => {
    await unlatchAndOpen();
    rig.body.obstruct();
    const closedObstructed = rig.body.closeLid();
    await rig.until(() => rig.lid.read().faults.includes("obstructed"));
    rig.body.clear();
    rig.body.closeLid();
    await rig.until(heard("lid_closed"));
    await rig.until(() => rig.lid.read().faults.length === 0);

    expect(closedObstructed).toBe(false);
    expect(seen().filter((what) => what === "lid_closed")).toHaveLength(1);
  });

  test("bouncing contacts give one event for each real edge", async () => {
    rig.body.bounce(6);
    await unlatchAndOpen();
    rig.body.closeLid();
    await rig.until(heard("lid_closed"));
    rig.lid.latch();
    await rig.until(heard("latch_done"));

    expect(events.flatMap((event) => (event.type === "edge" ? [event.edge] : []))).toEqual([
      "latch_released",
      "lid_opened",
      "lid_closed",
      "latch_engaged",
    ]);
  });

  test("a lid forced open is told at once, and that bolt and switch disagree follows", async () => {
    rig.body.forceOpen();
    await rig.until(heard("lid_opened"));
    await rig.until(() => rig.lid.read().faults.includes("sensor_disagree"));

    expect(rig.lid.read()).toMatchObject({ position: "open", latch: "engaged" });
    expect(rig.body.energised).toEqual([]);
  });

  test("with switches that disagree the position is unknown, and known again when mended", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.body.breakSwitch();
    rig.body.openLid();
    await rig.until(heard("lost"));
    const lost = rig.lid.read();
    rig.body.mendSwitch();
    await rig.until(heard("recovered"));

    expect(lost).toMatchObject({ position: "unknown", faults: ["sensor_disagree"] });
    expect(rig.lid.read()).toMatchObject({ position: "open", faults: [] });
  });

  test("goods put in and taken out are seen", async () => {
    rig.body.putGoods();
    await rig.until(() => rig.lid.read().goods === "present");
    rig.body.takeGoods();
    await rig.until(() => rig.lid.read().goods === "absent");

    expect(events.every((event) => event.type === "changed")).toBe(true);
  });

  test("with low power the latch is not driven", async () => {
    rig.body.lowerPower();
    await rig.until(() => rig.lid.read().faults.includes("power_low"));
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_failed"));

    expect(failure()).toMatchObject({ code: "lid_refused", reason: "power_low" });
    expect(rig.body.energised).toEqual([]);
  });

  test("a lost link makes everything unknown and orders fail without moving anything", async () => {
    rig.cutLink();
    await rig.until(heard("lost"));
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_failed"));

    expect(rig.lid.read()).toMatchObject({ position: "unknown", latch: "unknown", faults: ["comms_lost"] });
    expect(failure()).toBeInstanceOf(LidUnreachable);
    expect(failure()).toMatchObject({ mayHaveMoved: false });
    expect(rig.body.energised).toEqual([]);
  });

  test("what people did while the link was lost is told before the recovery", async () => {
    rig.lid.unlatch(first);
    await rig.until(heard("unlatch_done"));
    rig.cutLink();
    await rig.until(heard("lost"));
    await openAndClose();
    rig.restoreLink();
    await rig.until(heard("recovered"));

    expect(seen().slice(seen().indexOf("lost"))).toEqual(["lost", "lid_opened", "lid_closed", "recovered"]);
    expect(rig.lid.read()).toMatchObject({ position: "closed", lastUnlatch: { opened: true } });
  });

  /** Long enough open for the switches to settle, which only the body can tell while the link is lost. */
  async function openAndClose(): Promise<void> {
    let ticks = 0;
    rig.body.openLid();
    await rig.until(() => (ticks += 1) > 10);
    rig.body.closeLid();
    ticks = 0;
    await rig.until(() => (ticks += 1) > 10);
  }
}
