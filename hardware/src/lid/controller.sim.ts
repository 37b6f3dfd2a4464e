import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { encodeFrame, type FrameFault, FrameReader } from "../serial/frame.ts";
import type { LastUnlatch } from "./lid.ts";
import type { LidMechanism } from "./mechanism.sim.ts";
import {
  type ControllerContext,
  type ControllerEffect,
  type ControllerInput,
  type ControllerState,
  controllerStep,
  startController,
} from "./wire/controller.ts";
import { decodeHostMessage, encodeControllerMessage, type MessageFault } from "./wire/message.ts";

/** Firmware looks at its timers this often. */
const tickMs = 10;

export interface LidControllerOptions {
  readonly clock: Clock;
  /** Draws the challenges: cryptographic on anything that talks to real hardware. */
  readonly rng: Rng;
  readonly mechanism: LidMechanism;
  /** Bytes for the other end of the line. */
  readonly send: (bytes: Uint8Array) => void;
}

/** A lid controller without a board: bytes in, bytes out, a mechanism to drive. */
export class LidControllerSim implements AsyncDisposable {
  readonly #options: LidControllerOptions;
  readonly #reader = new FrameReader();
  readonly #unwatch: () => void;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #refused = new Map<FrameFault | MessageFault, number>();
  #state: ControllerState;
  #sequence = 0;

  constructor(options: LidControllerOptions) {
    this.#options = options;
    this.#state = startController(options.mechanism.contacts(), this.#context());
    this.#unwatch = options.mechanism.watch((contacts) => this.#step({ type: "contacts", contacts }));
    this.#running = this.#run();
  }

  /** Damaged frames and messages so far, by what was wrong with them. */
  get refused(): ReadonlyMap<FrameFault | MessageFault, number> {
    return this.#refused;
  }

  /** The last unlatching, as far as the board remembers it. */
  get lastUnlatch(): LastUnlatch | null {
    return this.#state.lastUnlatch;
  }

  receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      const message = frame.ok ? decodeHostMessage(frame.value.payload) : frame;
      if (!message.ok) this.#refused.set(message.error, (this.#refused.get(message.error) ?? 0) + 1);
      else if (frame.ok) this.#step({ type: "message", sequence: frame.value.sequence, message: message.value });
    }
  }

  /** The board loses power and starts again: it forgets challenges, counters and its memory. */
  powerCycle(): void {
    this.#reader.reset();
    this.#state = startController(this.#options.mechanism.contacts(), this.#context());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#unwatch();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#step({ type: "tick" });
      await this.#options.clock.sleep(tickMs, signal).catch(() => undefined);
    }
  }

  #step(input: ControllerInput): void {
    const { state, effects } = controllerStep(this.#state, input, this.#context());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: ControllerEffect): void {
    if (effect.type === "energise") return this.#options.mechanism.energise(effect.direction, effect.hash);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#options.send(encodeFrame({ sequence: this.#sequence, payload: encodeControllerMessage(effect.message) }));
  }

  #context(): ControllerContext {
    return { nowMs: this.#options.clock.monotonic(), rng: this.#options.rng };
  }
}
