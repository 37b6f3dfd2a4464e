import { describe, expect, test, vi } from "vitest";
import { hasPty, openPtyPair, type PtyPair } from "../serial/pty.node.ts";
import { SerialLidController } from "./controller.serial.ts";
import { SerialLid } from "./lid.serial.ts";
import { type LidRig, lidSuite } from "./lid.suite.ts";
import type { LidEvent } from "./lid.ts";

const unlatching = { authorisation: { kind: "grant" as const, id: "g" }, nonce: "n" };

describe.skipIf(!hasPty())("serial", () => {
  lidSuite(makeRig);

  test("a hung-up port is noticed and opened anew within 2 s, and works when it carries again", async () => {
    await using rig = await makeRig();
    const events: LidEvent[] = [];
    rig.lid.subscribe((event) => events.push(event));

    const frozenAt = performance.now();
    rig.cable.freeze();
    await rig.until(() => events.some((event) => event.type === "lost"));
    await rig.until(() => rig.lid.reopenedCount > 0);
    const noticedMs = performance.now() - frozenAt;
    rig.cable.thaw();
    await rig.until(() => events.some((event) => event.type === "recovered"));

    expect(noticedMs).toBeLessThan(2_000);
    expect(rig.lid.read()).toMatchObject({ position: "closed", latch: "engaged", faults: [] });
  });

  test("a cable pulled out and put back is lost and found again", async () => {
    await using rig = await makeRig();

    await rig.cable.unplug();
    await rig.until(() => rig.lid.read().faults.includes("comms_lost"));
    await rig.cable.plug();
    await rig.until(() => rig.lid.read().position === "closed");
    rig.lid.unlatch(unlatching);
    await rig.until(() => rig.body.energised.length > 0);

    expect(rig.body.energised).toMatchObject([{ direction: "release" }]);
  });

  test("a device that is not there at the start is found when it appears", async () => {
    await using rig = await makeRig();
    await rig.cable.unplug();
    await using lid = new SerialLid({ path: rig.cable.hostPath });

    const before = lid.read();
    await rig.lid[Symbol.asyncDispose]();
    await rig.cable.plug();
    await rig.until(() => lid.read().position === "closed");

    expect(before).toMatchObject({ position: "unknown", faults: ["comms_lost"] });
  });

  test("noise on the line costs nothing but itself", async () => {
    await using rig = await makeRig();

    for (let i = 0; i < 50; i += 1) rig.device.send(crypto.getRandomValues(new Uint8Array(40)));
    rig.lid.unlatch(unlatching);
    await rig.until(() => rig.lid.read().latch === "released");

    expect(rig.lid.refusedCount).toBeGreaterThan(0);
    expect(rig.body.energised).toHaveLength(1);
  });

  test("a controller that lost power has forgotten whose right was used, and the lid says so", async () => {
    await using rig = await makeRig();
    rig.lid.unlatch(unlatching);
    await rig.until(() => rig.lid.read().latch === "released");

    rig.device.controller.powerCycle();
    await rig.until(() => rig.lid.read().lastUnlatch === null);

    expect(rig.lid.read()).toMatchObject({ position: "closed", latch: "released" });
  });
});

interface SerialRig extends LidRig {
  readonly lid: SerialLid;
  readonly device: SerialLidController;
  readonly cable: PtyPair;
}

async function makeRig(): Promise<SerialRig> {
  const cable = await openPtyPair();
  const device = new SerialLidController({ path: cable.devicePath });
  const lid = new SerialLid({ path: cable.hostPath });
  const until = (holds: () => boolean): Promise<void> =>
    vi.waitFor(() => expect(holds()).toBe(true), { timeout: 5_000, interval: 10 });
  await until(() => lid.read().position === "closed");
  return {
    lid,
    device,
    cable,
    body: device.mechanism,
    cutLink: () => device.mute(),
    restoreLink: () => device.unmute(),
    until,
    async [Symbol.asyncDispose]() {
      await lid[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
      await cable[Symbol.asyncDispose]();
    },
  };
}
