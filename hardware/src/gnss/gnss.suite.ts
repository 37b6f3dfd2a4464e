import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Gnss, GnssReading } from "./gnss.ts";

/** A receiver under a clear sky that has not spoken yet, and the hands that carry it. */
export interface GnssRig extends AsyncDisposable {
  readonly gnss: Gnss;
  /** The receiver speaks once, from here. */
  move(place: Place, speedMps: number, headingDeg: number): void;
  loseSky(): void;
  regainSky(): void;
  cutLink(): void;
  restoreLink(): void;
  /** Lets time pass until this holds; fails when it does not within 5 s. */
  until(holds: () => boolean): Promise<void>;
}

const astana: Place = { lat: 51.1282, lng: 71.4307 };
const southWest: Place = { lat: -33.45, lng: -70.66 };

/** What every `Gnss` does, whatever it is made of. */
export function gnssSuite(makeRig: () => Promise<GnssRig>): void {
  let rig: GnssRig;
  let readings: GnssReading[];

  beforeEach(async () => {
    rig = await makeRig();
    readings = [];
    rig.gnss.subscribe((reading) => readings.push(reading));
  });

  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test("a receiver that has not spoken has no fix and a lost link", () => {
    expect(rig.gnss.read()).toMatchObject({ fix: null, link: "lost" });
  });

  test.each([astana, southWest])("a fix at $lat, $lng is told with speed and course", async (place) => {
    rig.move(place, 1.5, 271.5);
    await rig.until(() => rig.gnss.read().fix !== null);

    const { fix, link } = rig.gnss.read();
    expect(link).toBe("up");
    expect(distanceM(fix ?? { lat: 0, lng: 0 }, place)).toBeLessThan(0.2);
    expect(fix?.speedMps).toBeCloseTo(1.5, 1);
    expect(fix?.headingDeg).toBeCloseTo(271.5, 1);
    expect(readings.at(-1)).toMatchObject({ fix, link });
  });

  test("each fix is told once", async () => {
    rig.move(astana, 1, 0);
    await rig.until(() => readings.some((reading) => reading.fix !== null));
    rig.move({ ...astana, lat: 51.1283 }, 1, 0);
    await rig.until(() => readings.filter((reading) => reading.fix !== null).length > 1);

    expect(readings.filter((reading) => reading.fix !== null)).toHaveLength(2);
  });

  test("a robot at rest has no course", async () => {
    rig.move(astana, 0, 90);
    await rig.until(() => rig.gnss.read().fix !== null);

    expect(rig.gnss.read().fix).toMatchObject({ speedMps: 0, headingDeg: null });
  });

  test("without sky the link is up and the old fix is not repeated", async () => {
    rig.move(astana, 1, 0);
    await rig.until(() => rig.gnss.read().fix !== null);
    rig.loseSky();
    rig.move(astana, 1, 0);
    await rig.until(() => rig.gnss.read().fix === null);
    const under = rig.gnss.read();
    rig.regainSky();
    rig.move(astana, 1, 0);
    await rig.until(() => rig.gnss.read().fix !== null);

    expect(under).toMatchObject({ fix: null, link: "up" });
  });

  test("a receiver that falls silent is lost, and back with its next word", async () => {
    rig.move(astana, 1, 0);
    await rig.until(() => rig.gnss.read().link === "up");
    rig.cutLink();
    await rig.until(() => rig.gnss.read().link === "lost");
    const lost = rig.gnss.read();
    rig.restoreLink();
    await rig.until(() => {
      rig.move(astana, 1, 0);
      return rig.gnss.read().link === "up";
    });

    expect(lost.fix).toBeNull();
    expect(readings.some((reading) => reading.link === "lost")).toBe(true);
  });
}
