import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { encodeFrame, FrameReader } from "../serial/frame.ts";
import { LineDevice } from "../serial/line-device.ts";
import type { Lid, LidEvent, LidReading, Unlatching } from "./lid.ts";
import { type HostEffect, type HostInput, type HostState, hostLimits, hostStep, startHost } from "./wire/host.ts";
import { decodeControllerMessage, encodeHostMessage } from "./wire/message.ts";

export interface SerialLidOptions {
  /** A device such as `/dev/ttyUSB0`, or `tcp:host:port` of a serial server. It may appear later and go away at any time. */
  readonly path: string;
  readonly baudRate?: number;
  readonly clock?: Clock;
}

/** A lid behind a controller that speaks the protocol of `wire/SPEC.md`. */
export class SerialLid implements Lid {
  readonly #clock: Clock;
  readonly #device: LineDevice<LidEvent>;
  readonly #reader = new FrameReader();
  #state: HostState;
  #refusedCount = 0;

  constructor({ path, baudRate = 115_200, clock = systemClock }: SerialLidOptions) {
    this.#clock = clock;
    this.#state = startHost(clock.monotonic(), systemRng.uint32() & 0xffff);
    this.#device = new LineDevice(
      { path, baudRate, clock },
      {
        opened: () => {
          this.#reader.reset();
          this.#step({ type: "opened" });
        },
        received: (bytes) => this.#receive(bytes),
        closed: () => this.#step({ type: "closed" }),
        tickMs: hostLimits.tickMs,
        tick: () => this.#step({ type: "tick" }),
      },
    );
  }

  /** Damaged frames and messages since the start: a measure of the cable. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** How often the line was open and dead, and was opened anew. */
  get reopenedCount(): number {
    return this.#device.reopenedCount;
  }

  read(): LidReading {
    return this.#state.reading;
  }

  unlatch(unlatching: Unlatching): void {
    this.#step({ type: "unlatch", unlatching });
  }

  latch(): void {
    this.#step({ type: "latch" });
  }

  subscribe(listener: (event: LidEvent) => void): () => void {
    return this.#device.subscribe(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#device[Symbol.asyncDispose]();
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      const message = frame.ok ? decodeControllerMessage(frame.value.payload) : frame;
      if (!message.ok) this.#refusedCount += 1;
      else if (frame.ok) this.#step({ type: "message", sequence: frame.value.sequence, message: message.value });
    }
  }

  #step(input: HostInput): void {
    const { state, effects } = hostStep(this.#state, input, this.#clock.monotonic());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: HostEffect): void {
    switch (effect.type) {
      case "send":
        return this.#device.write(
          encodeFrame({ sequence: effect.sequence, payload: encodeHostMessage(effect.message) }),
        );
      case "reopen":
        return this.#device.reopen();
      case "tell":
        return this.#device.tell(effect.event);
    }
  }
}
