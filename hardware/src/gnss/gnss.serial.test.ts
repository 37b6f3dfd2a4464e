import { systemClock } from "@kerbside/proto/base/clock.system";
import { describe, expect, test, vi } from "vitest";
import { hasPty, openPtyPair, type PtyPair } from "../serial/pty.node.ts";
import { SerialGnss } from "./gnss.serial.ts";
import { type GnssRig, gnssSuite } from "./gnss.suite.ts";
import type { GnssReading } from "./gnss.ts";
import { writeSentence } from "./nmea.ts";
import { SerialReceiver } from "./receiver.serial.ts";

const place = { lat: 51.1282, lng: 71.4307 };

describe.skipIf(!hasPty())("serial", () => {
  gnssSuite(makeRig);

  test("garbage, half a sentence and a wrong checksum cost nothing but themselves", async () => {
    await using rig = await makeRig();
    const good = (): void => rig.move(place, 1, 90);
    good();
    await rig.until(() => rig.gnss.read().fix !== null);

    for (let i = 0; i < 20; i += 1) rig.device.send(crypto.getRandomValues(new Uint8Array(40)));
    rig.device.send(Buffer.from("$GPGGA,1,9999.9"));
    rig.device.send(Buffer.from(writeSentence("GPGGA,1,5107.0,N,07125.0,E,1,8,1.0,,,,,,").replace("5107", "5207")));
    rig.move({ ...place, lat: 51.1283 }, 1, 90);
    await rig.until(() => (rig.gnss.read().fix?.lat ?? 0) > 51.12825);

    expect(rig.gnss.read().refusedCount).toBeGreaterThan(1);
    expect(rig.gnss.read().fix?.lat).toBeCloseTo(51.1283, 6);
  });

  test("a receiver that speaks of other things has no fix after 2 s", async () => {
    await using rig = await makeRig();
    rig.move(place, 1, 90);
    await rig.until(() => rig.gnss.read().fix !== null);
    const fixedAtMs = performance.now();

    await rig.until(() => {
      rig.device.send(Buffer.from(writeSentence("GPGSV,3,1,11,10,63,137,17")));
      return rig.gnss.read().fix === null;
    });

    expect(rig.gnss.read().link).toBe("up");
    expect(performance.now() - fixedAtMs).toBeLessThan(2_500);
  });

  test("a hung-up port is noticed within 2 s and opened anew, and works when it carries again", async () => {
    await using rig = await makeRig();
    rig.move(place, 1, 90);
    await rig.until(() => rig.gnss.read().link === "up");

    const frozenAtMs = performance.now();
    rig.cable.freeze();
    await rig.until(() => rig.gnss.read().link === "lost");
    const noticedMs = performance.now() - frozenAtMs;
    await rig.until(() => rig.gnss.reopenedCount > 0);
    rig.cable.thaw();
    await rig.until(() => {
      rig.move(place, 1, 90);
      return rig.gnss.read().link === "up";
    });

    expect(noticedMs).toBeLessThan(2_000);
  });

  test("a cable pulled out and put back is lost and found again", async () => {
    await using rig = await makeRig();
    const heard: GnssReading[] = [];
    rig.move(place, 1, 90);
    await rig.until(() => rig.gnss.read().fix !== null);
    rig.gnss.subscribe((reading) => heard.push(reading));

    await rig.cable.unplug();
    await rig.until(() => rig.gnss.read().link === "lost");
    await rig.cable.plug();
    await rig.until(() => {
      rig.move(place, 1, 90);
      return rig.gnss.read().fix !== null;
    });

    expect(heard[0]).toMatchObject({ fix: null, link: "lost" });
  });
});

interface SerialRig extends GnssRig {
  readonly gnss: SerialGnss;
  readonly device: SerialReceiver;
  readonly cable: PtyPair;
}

async function makeRig(): Promise<SerialRig> {
  const cable = await openPtyPair();
  const device = new SerialReceiver({ path: cable.devicePath, clock: systemClock });
  const gnss = new SerialGnss({ path: cable.hostPath });
  const until = (holds: () => boolean): Promise<void> =>
    vi.waitFor(() => expect(holds()).toBe(true), { timeout: 5_000, interval: 20 });
  await until(() => device.isOpen && gnss.isOpen);
  return {
    gnss,
    device,
    cable,
    move: (place, speedMps, headingDeg) => device.receiver.move({ place, speedMps, headingDeg }),
    loseSky: () => device.receiver.loseSky(),
    regainSky: () => device.receiver.regainSky(),
    cutLink: () => device.mute(),
    restoreLink: () => device.unmute(),
    until,
    async [Symbol.asyncDispose]() {
      await gnss[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
      await cable[Symbol.asyncDispose]();
    },
  };
}
