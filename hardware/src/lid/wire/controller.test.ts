import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameReader } from "../../serial/frame.ts";
import type { Contacts } from "../sensing.ts";
import {
  type ControllerEffect,
  type ControllerInput,
  controllerLimits,
  controllerStep,
  startController,
} from "./controller.ts";
import { decodeHostMessage, encodeHostMessage, type HostMessage } from "./message.ts";

const hash = "ab".repeat(32);
const otherHash = "cd".repeat(32);
const locked: Contacts = {
  closedA: true,
  closedB: true,
  boltOut: true,
  goods: false,
  isObstructed: false,
  isPowerLow: false,
};

describe("arm and fire", () => {
  test("a shot with the challenge in time releases the latch", () => {
    const board = new Board();

    board.fire(hash, board.arm(hash));

    expect(board.drives()).toEqual([hash]);
  });

  test("the challenge is good for 500 ms and not a millisecond longer", () => {
    const inTime = new Board();
    const tooLate = new Board();

    const early = inTime.arm(hash);
    inTime.pass(controllerLimits.challengeMs);
    inTime.fire(hash, early);
    const late = tooLate.arm(hash);
    tooLate.pass(controllerLimits.challengeMs + 1);
    tooLate.fire(hash, late);

    expect(inTime.drives()).toEqual([hash]);
    expect(tooLate.drives()).toEqual([]);
    expect(tooLate.refusals()).toEqual(["stale_challenge"]);
  });

  test("a shot without arming is refused", () => {
    const board = new Board();

    board.fire(hash, "00".repeat(16));

    expect(board.drives()).toEqual([]);
    expect(board.refusals()).toEqual(["stale_challenge"]);
  });

  test("a wrong shot spends the challenge", () => {
    const board = new Board();
    const challenge = board.arm(hash);

    board.fire(hash, "00".repeat(16));
    board.fire(hash, challenge);

    expect(board.drives()).toEqual([]);
  });

  test("a challenge is good for the hash that it was given for only", () => {
    const board = new Board();

    board.fire(otherHash, board.arm(hash));

    expect(board.drives()).toEqual([]);
  });

  test("arming again makes the first challenge void", () => {
    const board = new Board();
    const first = board.arm(hash);
    const second = board.arm(hash);

    board.fire(hash, first);
    board.fire(hash, second);

    expect(first).not.toBe(second);
    expect(board.drives()).toEqual([]);
  });

  test("a shot heard twice drives once, and its hash never again", () => {
    const board = new Board();
    const challenge = board.arm(hash);

    board.fire(hash, challenge);
    board.fire(hash, challenge);
    board.settle(false);
    board.hear({ type: "arm", hash });

    expect(board.drives()).toEqual([hash]);
    expect(board.refusals()).toEqual(["busy", "already_used"]);
  });

  test("with low power nothing is driven", () => {
    const board = new Board();
    const challenge = board.arm(hash);
    board.step({ type: "contacts", contacts: { ...locked, isPowerLow: true } });

    board.fire(hash, challenge);

    expect(board.drives()).toEqual([]);
    expect(board.refusals()).toEqual(["power_low"]);
  });

  test("a shot that dribbles in byte by byte counts when it is whole", () => {
    const inTime = new Board();
    const tooSlow = new Board();

    inTime.dribble({ type: "fire", hash, challenge: inTime.arm(hash) }, 8);
    tooSlow.dribble({ type: "fire", hash, challenge: tooSlow.arm(hash) }, 10);

    expect(inTime.drives()).toEqual([hash]);
    expect(tooSlow.drives()).toEqual([]);
    expect(tooSlow.refusals()).toEqual(["stale_challenge"]);
  });
});

describe("drives", () => {
  test("a bolt that does not arrive in 800 ms is stalled, and the drive ends", () => {
    const board = new Board();
    board.fire(hash, board.arm(hash));

    board.pass(controllerLimits.driveMs);

    expect(board.status()).toMatchObject({ latch: "engaged", isDriving: false, faults: ["stalled"], drives: 1 });
  });

  test("an open lid is not latched", () => {
    const board = new Board();
    board.fire(hash, board.arm(hash));
    board.settle(false);
    board.step({ type: "contacts", contacts: { ...locked, boltOut: false, closedA: false, closedB: false } });
    board.pass(100);

    board.hear({ type: "latch" });

    expect(board.refusals()).toEqual(["not_closed"]);
    expect(board.status()).toMatchObject({ position: "open", openings: 1, lastUnlatch: { hash, opened: true } });
  });
});

describe("a silent host", () => {
  test("a closed lid is latched after 5 s, three times at most", () => {
    const board = new Board();
    board.fire(hash, board.arm(hash));
    board.settle(false);

    board.pass(controllerLimits.hostSilenceMs - 200);
    const before = board.drives().length;
    board.pass(60_000);

    expect(before).toBe(1);
    expect(board.drives()).toEqual([hash, null, null, null]);
  });

  test("a lid that a host watches stays as it was left", () => {
    const board = new Board();
    board.fire(hash, board.arm(hash));
    board.settle(false);

    for (let i = 0; i < 100; i += 1) {
      board.hear({ type: "ping" });
      board.pass(200);
    }

    expect(board.drives()).toEqual([hash]);
  });

  test("an open lid is left alone", () => {
    const board = new Board();
    board.fire(hash, board.arm(hash));
    board.step({ type: "contacts", contacts: { ...locked, boltOut: false, closedA: false, closedB: false } });

    board.pass(60_000);

    expect(board.drives()).toEqual([hash]);
  });
});

test("a report comes on every change and every 50 ms", () => {
  const board = new Board();
  board.step({ type: "tick" });

  const before = board.count("status");
  board.pass(1_000);
  const quiet = board.count("status") - before;
  board.step({ type: "contacts", contacts: { ...locked, goods: true } });

  expect(quiet).toBe(20);
  expect(board.count("status") - before).toBe(21);
  expect(board.status()).toMatchObject({ goods: "present" });
});

/** A controller on the bench: we are its clock, its wires and its line. */
class Board {
  #nowMs = 0;
  #sequence = 0;
  readonly #rng = new SeededRng(5);
  readonly #reader = new FrameReader();
  readonly #effects: ControllerEffect[] = [];
  #state = startController(locked, { nowMs: 0, rng: this.#rng });

  step(input: ControllerInput): void {
    const { state, effects } = controllerStep(this.#state, input, { nowMs: this.#nowMs, rng: this.#rng });
    this.#state = state;
    this.#effects.push(...effects);
  }

  hear(message: HostMessage): void {
    this.#sequence += 1;
    this.step({ type: "message", sequence: this.#sequence, message });
  }

  arm(hash: string): string {
    this.hear({ type: "arm", hash });
    const sent = this.#sent().findLast((message) => message.type === "challenge");
    return sent?.challenge ?? "";
  }

  fire(hash: string, challenge: string): void {
    this.hear({ type: "fire", hash, challenge });
  }

  dribble(message: HostMessage, everyMs: number): void {
    for (const byte of encodeFrame({ sequence: 1, payload: encodeHostMessage(message) })) {
      this.pass(everyMs);
      for (const frame of this.#reader.push(Uint8Array.of(byte))) {
        const heard = frame.ok ? decodeHostMessage(frame.value.payload) : frame;
        if (heard.ok) this.hear(heard.value);
      }
    }
  }

  /** The bolt arrives: out or in. */
  settle(boltOut: boolean): void {
    this.step({ type: "contacts", contacts: { ...locked, boltOut } });
    this.pass(50);
  }

  pass(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.#nowMs < endMs) {
      this.#nowMs = Math.min(endMs, this.#nowMs + 10);
      this.step({ type: "tick" });
    }
  }

  /** The hash of each drive so far; null for engaging. */
  drives(): (string | null)[] {
    return this.#effects.flatMap((effect) => (effect.type === "energise" ? [effect.hash] : []));
  }

  refusals(): string[] {
    return this.#sent().flatMap((message) => (message.type === "refused" ? [message.reason] : []));
  }

  status(): unknown {
    return this.#sent().findLast((message) => message.type === "status");
  }

  count(type: string): number {
    return this.#sent().filter((message) => message.type === type).length;
  }

  #sent(): Extract<ControllerEffect, { type: "send" }>["message"][] {
    return this.#effects.flatMap((effect) => (effect.type === "send" ? [effect.message] : []));
  }
}
