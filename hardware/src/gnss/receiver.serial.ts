import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Line } from "../serial/line.ts";
import { openLine } from "../serial/open-line.ts";
import { ReceiverSim } from "./receiver.sim.ts";

/** A simulated receiver at the far end of a serial line. */
export class SerialReceiver implements AsyncDisposable {
  readonly receiver: ReceiverSim;
  readonly #line: Line;
  #isMuted = false;
  #isOpen = false;

  constructor({ path, clock = systemClock }: { readonly path: string; readonly clock?: Clock }) {
    this.#line = openLine(
      { path, baudRate: 9_600, clock },
      {
        opened: () => {
          this.#isOpen = true;
        },
        received: () => undefined,
        closed: () => {
          this.#isOpen = false;
        },
      },
    );
    this.receiver = new ReceiverSim({ clock, send: (text) => this.send(new TextEncoder().encode(text)) });
  }

  get isOpen(): boolean {
    return this.#isOpen;
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
