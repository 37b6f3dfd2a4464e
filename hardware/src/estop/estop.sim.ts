import type { Clock } from "@kerbside/proto/base/clock";
import { type Estop, EstopHeld, type EstopReading } from "./estop.ts";

/** The safety chain of a simulated robot. It outlives the program that uses it. */
export class SimEstop implements Estop {
  readonly #clock: Clock;
  readonly #listeners = new Set<(reading: EstopReading) => void>();
  #reading: EstopReading;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    const calm = { isEngaged: false, isPressed: false, isLifted: false, isTippedOver: false };
    this.#reading = { atMs: clock.monotonic(), ...calm };
  }

  read(): EstopReading {
    return this.#reading;
  }

  subscribe(listener: (reading: EstopReading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  engage(): void {
    this.#change({ isEngaged: true });
  }

  release(): EstopHeld | null {
    if (isHeld(this.#reading)) return new EstopHeld(this.#reading);
    this.#change({ isEngaged: false });
    return null;
  }

  /** Somebody hits the red button; it stays in. */
  press(): void {
    this.#change({ isPressed: true });
  }

  /** Somebody turns the button out. Power stays cut until released. */
  pullOut(): void {
    this.#change({ isPressed: false });
  }

  lift(): void {
    this.#change({ isLifted: true });
  }

  setDown(): void {
    this.#change({ isLifted: false });
  }

  tipOver(): void {
    this.#change({ isTippedOver: true });
  }

  setUpright(): void {
    this.#change({ isTippedOver: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #change(change: Partial<EstopReading>): void {
    const before = this.#reading;
    const asked = { ...before, ...change };
    const next = { ...asked, isEngaged: asked.isEngaged || isHeld(asked) };
    const isNews =
      next.isEngaged !== before.isEngaged ||
      next.isPressed !== before.isPressed ||
      next.isLifted !== before.isLifted ||
      next.isTippedOver !== before.isTippedOver;
    if (!isNews) return;
    this.#reading = { ...next, atMs: this.#clock.monotonic() };
    for (const listener of this.#listeners) listener(this.#reading);
  }
}

function isHeld({ isPressed, isLifted, isTippedOver }: EstopReading): boolean {
  return isPressed || isLifted || isTippedOver;
}
