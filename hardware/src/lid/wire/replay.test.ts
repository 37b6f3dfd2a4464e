import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, FrameReader } from "../../serial/frame.ts";
import type { Contacts } from "../sensing.ts";
import { type ControllerInput, controllerStep, startController } from "./controller.ts";
import { decodeHostMessage, encodeHostMessage, type HostMessage } from "./message.ts";

/** What somebody can put on the wire who heard everything but cannot answer a challenge that is still to come. */
type Attack =
  | { readonly kind: "noise"; readonly bytes: Uint8Array }
  | { readonly kind: "replay"; readonly which: number }
  | { readonly kind: "flip"; readonly which: number; readonly bits: readonly number[] }
  | { readonly kind: "splice"; readonly head: number; readonly tail: number; readonly at: number }
  | { readonly kind: "forge"; readonly message: HostMessage }
  | { readonly kind: "pass"; readonly durationMs: number }
  | { readonly kind: "powerCycle" };

const locked: Contacts = {
  closedA: true,
  closedB: true,
  boltOut: true,
  goods: null,
  isObstructed: false,
  isPowerLow: false,
};
const knownHashes = ["11".repeat(32), "22".repeat(32), "33".repeat(32)];

const which = fc.nat(50);
const hex = (size: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes).toString("hex"));
const hash = fc.oneof(fc.constantFrom(...knownHashes), hex(32));
const forged: fc.Arbitrary<HostMessage> = fc.oneof(
  fc.constant<HostMessage>({ type: "latch" }),
  fc.record({ type: fc.constant("arm" as const), hash }),
  fc.record({ type: fc.constant("fire" as const), hash, challenge: hex(16) }),
);
const attack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("noise" as const), bytes: fc.uint8Array({ maxLength: 80 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("replay" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("flip" as const),
      which,
      bits: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("splice" as const), head: which, tail: which, at: fc.nat(60) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("forge" as const), message: forged }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), durationMs: fc.nat(700) }) },
  { weight: 1, arbitrary: fc.constant<Attack>({ kind: "powerCycle" }) },
);

test("noise, damage, forgery and replay never release the latch, in more than 100,000 frames", () => {
  let framesHeard = 0;

  fc.assert(
    fc.property(fc.nat(), fc.array(attack, { minLength: 60, maxLength: 90 }), (seed, attacks) => {
      const board = new Board(seed);
      const heard = knownHashes.flatMap((known) => board.session(known));
      const releasesBefore = board.releases;

      for (const next of attacks) board.suffer(next, heard);

      framesHeard += attacks.length;
      expect(releasesBefore).toBe(knownHashes.length);
      expect(board.releases).toBe(releasesBefore);
    }),
    { numRuns: 2_000 },
  );

  expect(framesHeard).toBeGreaterThan(100_000);
});

test("after an attack the next honest order is obeyed", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(attack, { maxLength: 30 }),
      fc.uint8Array({ maxLength: 80 }),
      (seed, attacks, noise) => {
        const board = new Board(seed);
        const heard = board.session(knownHashes[0] ?? "");
        for (const next of attacks) board.suffer(next, heard);
        board.pass(1_000);
        const releasesBefore = board.releases;

        board.receive(noise);
        board.session("ee".repeat(32));

        expect(board.releases).toBe(releasesBefore + 1);
      },
    ),
    { numRuns: 300 },
  );
});

/** A controller whose bolt follows at once, and the wire that leads to it. */
class Board {
  releases = 0;
  #nowMs = 0;
  #sequence = 0;
  #challenge = "";
  readonly #rng: SeededRng;
  readonly #reader = new FrameReader();
  #contacts = locked;
  #state: ReturnType<typeof startController>;

  constructor(seed: number) {
    this.#rng = new SeededRng(seed);
    this.#state = startController(locked, { nowMs: 0, rng: this.#rng });
  }

  /** An honest unlatching and latching; answers with the frames as they went over the wire. */
  session(hash: string): Uint8Array[] {
    const frames = [this.#send({ type: "arm", hash })];
    frames.push(this.#send({ type: "fire", hash, challenge: this.#challenge }));
    this.pass(200);
    frames.push(this.#send({ type: "latch" }));
    this.pass(200);
    return frames;
  }

  suffer(attack: Attack, heard: readonly Uint8Array[]): void {
    const frame = (index: number): Uint8Array => heard[index % heard.length] ?? new Uint8Array();
    switch (attack.kind) {
      case "noise":
        return this.receive(attack.bytes);
      case "replay":
        return this.receive(frame(attack.which));
      case "flip":
        return this.receive(flipped(frame(attack.which), attack.bits));
      case "splice":
        return this.receive(
          Buffer.concat([frame(attack.head).subarray(0, attack.at), frame(attack.tail).subarray(attack.at)]),
        );
      case "forge":
        this.#send(attack.message);
        return;
      case "pass":
        return this.pass(attack.durationMs);
      case "powerCycle":
        this.#state = startController(this.#contacts, { nowMs: this.#nowMs, rng: this.#rng });
    }
  }

  receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      const message = frame.ok ? decodeHostMessage(frame.value.payload) : frame;
      if (frame.ok && message.ok)
        this.#step({ type: "message", sequence: frame.value.sequence, message: message.value });
    }
  }

  pass(durationMs: number): void {
    for (let left = durationMs; left > 0; left -= 25) {
      this.#nowMs += Math.min(25, left);
      this.#step({ type: "tick" });
    }
  }

  #send(message: HostMessage): Uint8Array {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const bytes = encodeFrame({ sequence: this.#sequence, payload: encodeHostMessage(message) });
    this.receive(bytes);
    return bytes;
  }

  #step(input: ControllerInput): void {
    const { state, effects } = controllerStep(this.#state, input, { nowMs: this.#nowMs, rng: this.#rng });
    this.#state = state;
    for (const effect of effects) {
      if (effect.type === "energise") this.#drive(effect.direction);
      else if (effect.message.type === "challenge") this.#challenge = effect.message.challenge;
    }
  }

  #drive(direction: "release" | "engage"): void {
    if (direction === "release") this.releases += 1;
    this.#contacts = { ...this.#contacts, boltOut: direction === "engage" };
    this.#step({ type: "contacts", contacts: this.#contacts });
  }
}

function flipped(bytes: Uint8Array, bits: readonly number[]): Uint8Array {
  const damaged = bytes.slice();
  const odd = bits.filter((bit, index) => bits.indexOf(bit) === index);
  for (const bit of odd) {
    const at = (bit >> 3) % damaged.length;
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
  }
  return damaged;
}
