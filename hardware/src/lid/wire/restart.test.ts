import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import type { Contacts } from "../sensing.ts";
import { unlatchHash } from "../unlatch-hash.ts";
import { type ControllerInput, controllerStep, startController } from "./controller.ts";
import { type HostInput, hostLimits, hostStep, startHost } from "./host.ts";
import type { ControllerMessage, HostMessage } from "./message.ts";

const unlatching = { authorisation: { kind: "grant" as const, id: "g" }, nonce: "n" };
const hash = unlatchHash(unlatching);
const stepMs = 5;
const travelMs = 80;
const untilMs = 1_500;

interface Sent {
  readonly dueMs: number;
  readonly deliver: () => void;
}

/** A host orders an unlatching and dies at some moment; the next one takes its place on the same slow line. */
class Bench {
  nowMs = 0;
  readonly #delayMs: number;
  readonly #rng = new SeededRng(1);
  #contacts: Contacts = {
    closedA: true,
    closedB: true,
    boltOut: true,
    goods: false,
    isObstructed: false,
    isPowerLow: false,
  };
  #board = startController(this.#contacts, { nowMs: 0, rng: this.#rng });
  #host = startHost(0, 100);
  #isHostThere = true;
  #sent: readonly Sent[] = [];
  #boltInAtMs = Number.POSITIVE_INFINITY;
  #boardSequence = 0;
  wasDriven = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.host({ type: "opened" });
  }

  get reading() {
    return this.#host.reading;
  }

  host(input: HostInput): void {
    if (!this.#isHostThere) return;
    const { state, effects } = hostStep(this.#host, input, this.nowMs);
    this.#host = state;
    for (const effect of effects) if (effect.type === "send") this.#toBoard(effect.sequence, effect.message);
  }

  /** Nobody listens; what it wrote is still on its way. */
  die(): void {
    this.#isHostThere = false;
  }

  /** What was on its way to the one before reaches this one. */
  begin(): void {
    this.#isHostThere = true;
    this.#host = startHost(this.nowMs, 40_000);
    this.host({ type: "opened" });
  }

  pass(): void {
    this.nowMs += stepMs;
    const due = this.#sent.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.#sent = this.#sent.filter(({ dueMs }) => dueMs > this.nowMs);
    for (const { deliver } of due) deliver();
    if (this.nowMs >= this.#boltInAtMs) this.#contacts = { ...this.#contacts, boltOut: false };
    this.#boardHears({ type: "contacts", contacts: this.#contacts });
    if (this.nowMs % hostLimits.tickMs === 0) this.host({ type: "tick" });
  }

  #toBoard(sequence: number, message: HostMessage): void {
    this.#send(() => this.#boardHears({ type: "message", sequence, message }));
  }

  #boardHears(input: ControllerInput): void {
    const { state, effects } = controllerStep(this.#board, input, { nowMs: this.nowMs, rng: this.#rng });
    this.#board = state;
    for (const effect of effects) {
      if (effect.type === "send") this.#toHost(effect.message);
      else {
        this.wasDriven = true;
        this.#boltInAtMs = this.nowMs + travelMs;
      }
    }
  }

  #toHost(message: ControllerMessage): void {
    this.#boardSequence += 1;
    const sequence = this.#boardSequence;
    this.#send(() => this.host({ type: "message", sequence, message }));
  }

  #send(deliver: () => void): void {
    this.#sent = [...this.#sent, { dueMs: this.nowMs + this.#delayMs, deliver }];
  }
}

test("whenever a host dies after its order, the next one is sure of the lid only when it knows whether it was driven", () => {
  const outcomes = new Set<string>();
  for (const delayMs of [5, 40, 120]) {
    for (const gapMs of [5, 20, 60]) {
      for (let diesAfterMs = 0; diesAfterMs <= 500; diesAfterMs += stepMs) {
        const bench = new Bench(delayMs);
        while (bench.reading.position === "unknown") bench.pass();
        bench.host({ type: "unlatch", unlatching });
        const diesAtMs = bench.nowMs + diesAfterMs;
        while (bench.nowMs < diesAtMs) bench.pass();
        bench.die();
        while (bench.nowMs < diesAtMs + gapMs) bench.pass();
        bench.begin();
        while (!bench.reading.isSettled) bench.pass();
        const believed = bench.reading;
        while (bench.nowMs < untilMs) bench.pass();

        const moment = { delayMs, gapMs, diesAfterMs };
        expect({ ...moment, lastUnlatch: believed.lastUnlatch?.hash ?? null, latch: believed.latch }).toEqual({
          ...moment,
          lastUnlatch: bench.wasDriven ? hash : null,
          latch: bench.wasDriven ? "released" : "engaged",
        });
        outcomes.add(believed.latch);
      }
    }
  }

  expect(outcomes).toEqual(new Set(["engaged", "released"]));
});
