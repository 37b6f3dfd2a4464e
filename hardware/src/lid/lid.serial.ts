import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { encodeFrame, FrameReader } from "../serial/frame.ts";
import type { Line } from "../serial/line.ts";
import { openLine } from "../serial/open-line.ts";
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
  readonly #line: Line;
  readonly #reader = new FrameReader();
  readonly #listeners = new Set<(event: LidEvent) => void>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #state: HostState;
  #refusedCount = 0;
  #reopenedCount = 0;

  constructor({ path, baudRate = 115_200, clock = systemClock }: SerialLidOptions) {
    this.#clock = clock;
    this.#state = startHost(clock.monotonic(), systemRng.uint32() & 0xffff);
    this.#line = openLine(
      { path, baudRate, clock },
      {
        opened: () => {
          this.#reader.reset();
          this.#step({ type: "opened" });
        },
        received: (bytes) => this.#receive(bytes),
        closed: () => this.#step({ type: "closed" }),
      },
    );
    this.#running = this.#run();
  }

  /** Damaged frames and messages since the start: a measure of the cable. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** How often the line was open and dead, and was opened anew. */
  get reopenedCount(): number {
    return this.#reopenedCount;
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
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#stopping.abort();
    await this.#line[Symbol.asyncDispose]();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.sleep(hostLimits.tickMs, signal).catch(() => undefined);
      this.#step({ type: "tick" });
    }
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
        return this.#line.write(encodeFrame({ sequence: effect.sequence, payload: encodeHostMessage(effect.message) }));
      case "reopen":
        this.#reopenedCount += 1;
        return this.#line.reopen();
      case "tell":
        for (const listener of this.#listeners) listener(effect.event);
    }
  }
}
