import type { Clock } from "@kerbside/proto/base/clock";
import type { Motion } from "./gnss.sim.ts";
import { writeSentence } from "./nmea.ts";

const mpsPerKnot = 0.514444;

/** A receiver without a sky: motion in, NMEA 0183 out. Each `move` is one epoch of RMC, GGA and GST. */
export class ReceiverSim {
  readonly #clock: Clock;
  readonly #send: (text: string) => void;
  #hasSky = true;

  constructor({ clock, send }: { readonly clock: Clock; readonly send: (text: string) => void }) {
    this.#clock = clock;
    this.#send = send;
  }

  move(motion: Motion, accuracyM = 1.5): void {
    const at = new Date(this.#clock.now()).toISOString();
    const time = at.slice(11, 22).replaceAll(":", "");
    const date = at.slice(8, 10) + at.slice(5, 7) + at.slice(2, 4);
    if (!this.#hasSky) {
      this.#send(
        writeSentence(`GNRMC,${time},V,,,,,,,${date},,,N`) + writeSentence(`GNGGA,${time},,,,,0,00,99.99,,,,,,`),
      );
      return;
    }
    const { place, speedMps, headingDeg } = motion;
    const where = `${angle(place.lat, 2, "N", "S")},${angle(place.lng, 3, "E", "W")}`;
    const knots = (speedMps / mpsPerKnot).toFixed(3);
    const error = accuracyM.toFixed(2);
    this.#send(
      writeSentence(`GNRMC,${time},A,${where},${knots},${headingDeg.toFixed(2)},${date},,,A`) +
        writeSentence(`GNGGA,${time},${where},1,14,0.80,350.0,M,-30.0,M,,`) +
        writeSentence(`GNGST,${time},${error},${error},${error},0.0,${error},${error},3.00`),
    );
  }

  loseSky(): void {
    this.#hasSky = false;
  }

  regainSky(): void {
    this.#hasSky = true;
  }
}

/** Degrees and minutes to five places, which is 2 cm, with the hemisphere. */
function angle(degrees: number, digits: number, positive: string, negative: string): string {
  const size = Math.round(Math.abs(degrees) * 60e5);
  const whole = Math.floor(size / 60e5);
  const minutes = ((size - whole * 60e5) / 1e5).toFixed(5).padStart(8, "0");
  return `${String(whole).padStart(digits, "0")}${minutes},${degrees < 0 ? negative : positive}`;
}
