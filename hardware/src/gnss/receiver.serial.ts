import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { SerialLine } from "../serial/line.serial.ts";
import { ReceiverSim } from "./receiver.sim.ts";

/** A simulated receiver at the far end of a serial line. */
export class SerialReceiver implements AsyncDisposable {
  readonly receiver: ReceiverSim;
  readonly #line: SerialLine;
  #isMuted = false;

  constructor({ path, clock = systemClock }: { readonly path: string; readonly clock?: Clock }) {
    const silent = { opened: () => undefined, received: () => undefined, closed: () => undefined };
    this.#line = new SerialLine({ path, baudRate: 9_600, clock }, silent);
    this.receiver = new ReceiverSim({ clock, send: (text) => this.send(new TextEncoder().encode(text)) });
  }

  /** Writes these bytes as they are, unless muted: for what a receiver would never say. */
  send(bytes: Uint8Array): void {
    if (!this.#isMuted) this.#line.write(bytes);
  }

  mute(): void {
    this.#isMuted = true;
  }

  unmute(): void {
    this.#isMuted = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
  }
}
