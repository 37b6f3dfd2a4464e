import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import type { Line } from "../serial/line.ts";
import { openLine } from "../serial/open-line.ts";
import { LidControllerSim } from "./controller.sim.ts";
import { LidMechanism } from "./mechanism.sim.ts";

/** A simulated lid controller at the far end of a serial line. */
export class SerialLidController implements AsyncDisposable {
  readonly mechanism: LidMechanism;
  readonly controller: LidControllerSim;
  readonly #line: Line;
  #isMuted = false;

  constructor({ path, clock = systemClock }: { readonly path: string; readonly clock?: Clock }) {
    this.mechanism = new LidMechanism(clock);
    this.#line = openLine(
      { path, baudRate: 115_200, clock },
      {
        opened: () => undefined,
        received: (bytes) => {
          if (!this.#isMuted) this.controller.receive(bytes);
        },
        closed: () => undefined,
      },
    );
    this.controller = new LidControllerSim({
      clock,
      rng: systemRng,
      mechanism: this.mechanism,
      send: (bytes) => this.send(bytes),
    });
  }

  /** Writes these bytes as they are, unless muted: for what a controller would never say. */
  send(bytes: Uint8Array): void {
    if (!this.#isMuted) this.#line.write(bytes);
  }

  /** The line carries nothing in either direction, though it is open. */
  mute(): void {
    this.#isMuted = true;
  }

  unmute(): void {
    this.#isMuted = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    await this.#line[Symbol.asyncDispose]();
  }
}
