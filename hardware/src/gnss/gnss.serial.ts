import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { LineDevice } from "../serial/line-device.ts";
import { type GnssInput, type GnssState, gnssStep, silenceMs, unheardGnss } from "./epoch.ts";
import type { Gnss, GnssReading } from "./gnss.ts";
import { NmeaReader } from "./nmea.ts";

export interface SerialGnssOptions {
  /** A device such as `/dev/ttyACM0`, or `tcp:host:port` of a serial server. It may appear later and go away at any time. */
  readonly path: string;
  /** 9,600 by the standard; receivers of five fixes a second need more. */
  readonly baudRate?: number;
  readonly clock?: Clock;
}

const tickMs = 100;

/** A receiver that speaks NMEA 0183 (RMC and GGA at least once a second, GST where it has one). */
export class SerialGnss implements Gnss {
  readonly #clock: Clock;
  readonly #device: LineDevice<GnssReading>;
  readonly #reader = new NmeaReader();
  #state: GnssState = unheardGnss;
  #isOpen = false;
  #openedAtMs = 0;

  constructor({ path, baudRate = 9_600, clock = systemClock }: SerialGnssOptions) {
    this.#clock = clock;
    this.#device = new LineDevice(
      { path, baudRate, clock },
      {
        opened: () => {
          this.#reader.reset();
          this.#isOpen = true;
          this.#openedAtMs = clock.monotonic();
        },
        received: (bytes) => this.#receive(bytes),
        closed: () => {
          this.#isOpen = false;
          this.#step({ type: "closed" });
        },
        tickMs,
        tick: () => {
          this.#step({ type: "tick" });
          this.#reopenWhenSilent();
        },
      },
    );
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How often the line was open and silent, and was opened anew. */
  get reopenedCount(): number {
    return this.#device.reopenedCount;
  }

  read(): GnssReading {
    return this.#state.reading;
  }

  subscribe(listener: (reading: GnssReading) => void): () => void {
    return this.#device.subscribe(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#device[Symbol.asyncDispose]();
  }

  /** We write nothing, so a port that was pulled out may never say so: silence is all there is to see. */
  #reopenWhenSilent(): void {
    const heardAtMs = Math.max(this.#state.reading.atMs, this.#openedAtMs);
    if (!this.#isOpen || this.#clock.monotonic() - heardAtMs < silenceMs) return;
    this.#isOpen = false;
    this.#device.reopen();
  }

  #receive(bytes: Uint8Array): void {
    for (const read of this.#reader.push(bytes)) {
      this.#step(read.ok ? { type: "sentence", sentence: read.value } : { type: "refused" });
    }
  }

  #step(input: GnssInput): void {
    const before = this.#state.reading;
    this.#state = gnssStep(this.#state, input, this.#clock.monotonic());
    const { reading } = this.#state;
    if (reading.fix === before.fix && reading.link === before.link) return;
    this.#device.tell(reading);
  }
}
