import { below, type Rng, unit } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, FrameReader } from "../../serial/frame.ts";
import type { LidEvent, Unlatching } from "../lid.ts";
import type { Contacts } from "../sensing.ts";
import { unlatchHash } from "../unlatch-hash.ts";
import { type ControllerInput, controllerStep, startController } from "./controller.ts";
import { type HostInput, hostStep, startHost } from "./host.ts";
import { decodeControllerMessage, decodeHostMessage, encodeControllerMessage, encodeHostMessage } from "./message.ts";

/** Both ends on one bad cable, with a person at the lid and a board that loses power, for twenty seconds. */
const durationMs = 20_000;
const stepMs = 5;
const orderLimitMs = 3_000;

interface Told {
  readonly atMs: number;
  readonly event: LidEvent;
}

interface Troubles {
  readonly seed: number;
  readonly loss: number;
  readonly damage: number;
  readonly repeat: number;
  readonly jam: boolean;
  readonly outages: boolean;
  readonly powerCuts: boolean;
}

const troubles: fc.Arbitrary<Troubles> = fc.record({
  seed: fc.nat(),
  loss: fc.constantFrom(0, 0.02, 0.2),
  damage: fc.constantFrom(0, 0.02, 0.2),
  repeat: fc.constantFrom(0, 0.05),
  jam: fc.boolean(),
  outages: fc.boolean(),
  powerCuts: fc.boolean(),
});

test("over any bad line each order ends once and in time, moves the latch at most once, and is told truly", () => {
  let framesSent = 0;
  const outcomes = new Set<string | undefined>();

  fc.assert(
    fc.property(troubles, (trouble) => {
      const world = new World(trouble);
      world.run();
      framesSent += world.framesSent;

      for (const [nonce, order] of world.orders) {
        const ends = world.told.filter(({ event }) => "nonce" in event && event.nonce === nonce);
        const releases = world.releases.filter((hash) => hash === order.hash).length;
        expect(ends).toHaveLength(1);
        expect((ends[0]?.atMs ?? Number.POSITIVE_INFINITY) - order.atMs).toBeLessThanOrEqual(orderLimitMs);
        const end = ends[0]?.event;
        outcomes.add(end?.type === "unlatch_failed" ? end.failure.code : end?.type);
        expect(releasesTold(end)).toContain(releases);
      }
      expect(world.releases.every((hash) => world.issued.has(hash))).toBe(true);
    }),
    { numRuns: 150 },
  );

  expect(framesSent).toBeGreaterThan(50_000);
  expect(outcomes).toEqual(new Set(["lid_refused", "lid_stuck", "lid_unreachable", "unlatch_done"]));
});

test("on a line that breaks or echoes but does not lose, every edge that happened is told, each once and in order", () => {
  const line = fc.constantFrom({ outages: true, repeat: 0 }, { outages: false, repeat: 0.05 });
  fc.assert(
    fc.property(fc.nat(), line, (seed, { outages, repeat }) => {
      const world = new World({ seed, loss: 0, damage: 0, repeat, jam: false, powerCuts: false, outages });

      world.run();

      const edges = world.told.flatMap(({ event }) => (event.type === "edge" ? [event.edge] : []));
      expect(edges.filter((edge) => edge.startsWith("lid"))).toEqual(world.lidMoves);
      expect(edges.filter((edge) => edge === "latch_released")).toHaveLength(world.boltReleases);
    }),
    { numRuns: 60 },
  );
});

/** How often the latch may have been driven, if what was told is true. */
function releasesTold(end: LidEvent | undefined): number[] {
  if (end?.type !== "unlatch_failed") return [1];
  if (end.failure.code === "lid_stuck") return [1];
  return end.failure.code === "lid_unreachable" && end.failure.mayHaveMoved ? [0, 1] : [0];
}

class World {
  readonly told: Told[] = [];
  readonly orders = new Map<string, { readonly atMs: number; readonly hash: string }>();
  readonly issued = new Set<string>();
  readonly releases: string[] = [];
  readonly lidMoves: string[] = [];
  boltReleases = 0;
  framesSent = 0;
  readonly #trouble: Troubles;
  readonly #rng: SeededRng;
  readonly #boardRng: Rng;
  readonly #wire: { readonly dueMs: number; readonly to: "host" | "board"; readonly bytes: Uint8Array }[] = [];
  readonly #readers = { host: new FrameReader(), board: new FrameReader() };
  #nowMs = 0;
  #contacts: Contacts = {
    closedA: true,
    closedB: true,
    boltOut: true,
    goods: false,
    isObstructed: false,
    isPowerLow: false,
  };
  #bolt: { readonly dueMs: number; readonly boltOut: boolean } | null = null;
  #heldUntilMs = 0;
  #cutUntilMs = 0;
  #boardSequence = 0;
  #host = startHost(0, 0xfff0);
  #board: ReturnType<typeof startController>;

  constructor(trouble: Troubles) {
    this.#trouble = trouble;
    this.#rng = new SeededRng(trouble.seed);
    this.#boardRng = this.#rng.fork("board");
    this.#board = startController(this.#contacts, { nowMs: 0, rng: this.#boardRng });
  }

  run(): void {
    this.#hostStep({ type: "opened" });
    while (this.#nowMs < durationMs + orderLimitMs) {
      this.#nowMs += stepMs;
      this.#deliver();
      this.#moveBolt();
      if (this.#nowMs < durationMs) this.#live();
      if (this.#nowMs % 10 === 0) this.#boardStep({ type: "tick" });
      if (this.#nowMs % 25 === 0) this.#hostStep({ type: "tick" });
    }
  }

  /** What people, the agent and bad luck do in one step. */
  #live(): void {
    const { jam, outages, powerCuts } = this.#trouble;
    if (this.#chance(0.004)) this.#unlatch();
    if (this.#chance(0.003)) this.#hostStep({ type: "latch" });
    if (this.#nowMs >= this.#heldUntilMs && this.#chance(0.02)) this.#moveLid();
    if (outages && this.#chance(0.0005)) this.#cutUntilMs = this.#nowMs + 100 + below(this.#rng, 1_000);
    if (powerCuts && this.#chance(0.0005)) {
      this.#board = startController(this.#contacts, { nowMs: this.#nowMs, rng: this.#boardRng });
    }
    if (jam && this.#chance(0.01)) this.#bolt = null;
  }

  #unlatch(): void {
    const nonce = `n${this.orders.size}`;
    const unlatching: Unlatching = { authorisation: { kind: "command", id: "c" }, nonce };
    const hash = unlatchHash(unlatching);
    this.orders.set(nonce, { atMs: this.#nowMs, hash });
    this.issued.add(hash);
    this.#hostStep({ type: "unlatch", unlatching });
  }

  /** A person moves the lid where the bolt allows it, and leaves it there longer than contacts bounce. */
  #moveLid(): void {
    const isClosed = this.#contacts.closedA;
    if (this.#contacts.boltOut || this.#bolt) return;
    this.#heldUntilMs = this.#nowMs + 60 + below(this.#rng, 400);
    this.lidMoves.push(isClosed ? "lid_opened" : "lid_closed");
    this.#feel({ ...this.#contacts, closedA: !isClosed, closedB: !isClosed });
  }

  #moveBolt(): void {
    if (!this.#bolt || this.#bolt.dueMs > this.#nowMs) return;
    const { boltOut } = this.#bolt;
    this.#bolt = null;
    if (this.#contacts.boltOut && !boltOut) this.boltReleases += 1;
    this.#feel({ ...this.#contacts, boltOut });
  }

  #feel(contacts: Contacts): void {
    this.#contacts = contacts;
    this.#boardStep({ type: "contacts", contacts });
  }

  #boardStep(input: ControllerInput): void {
    const { state, effects } = controllerStep(this.#board, input, { nowMs: this.#nowMs, rng: this.#boardRng });
    this.#board = state;
    for (const effect of effects) {
      if (effect.type === "send") this.#send("host", encodeControllerMessage(effect.message));
      else {
        if (effect.hash) this.releases.push(effect.hash);
        this.#bolt = { dueMs: this.#nowMs + 80, boltOut: effect.direction === "engage" };
      }
    }
  }

  #hostStep(input: HostInput): void {
    const { state, effects } = hostStep(this.#host, input, this.#nowMs);
    this.#host = state;
    for (const effect of effects) {
      if (effect.type === "send") this.#send("board", encodeHostMessage(effect.message), effect.sequence);
      else if (effect.type === "tell") this.told.push({ atMs: this.#nowMs, event: effect.event });
    }
  }

  #send(to: "host" | "board", payload: Uint8Array, sequence = (this.#boardSequence += 1) & 0xffff): void {
    const { loss, damage, repeat } = this.#trouble;
    this.framesSent += 1;
    if (this.#nowMs < this.#cutUntilMs || this.#chance(loss)) return;
    const bytes = encodeFrame({ sequence, payload });
    if (this.#chance(damage)) bytes[below(this.#rng, bytes.length)] = below(this.#rng, 256);
    this.#wire.push({ dueMs: this.#nowMs + stepMs + below(this.#rng, 3) * stepMs, to, bytes });
    if (this.#chance(repeat)) this.#wire.push({ dueMs: this.#nowMs + below(this.#rng, 2_000), to, bytes });
  }

  /** A line keeps order: what is due waits for what was sent before it, except for echoes. */
  #deliver(): void {
    const due = this.#wire.filter(({ dueMs }) => dueMs <= this.#nowMs);
    for (const sent of due) this.#wire.splice(this.#wire.indexOf(sent), 1);
    for (const { to, bytes } of due) {
      for (const frame of this.#readers[to].push(bytes)) if (frame.ok) this.#arrive(to, frame.value);
    }
  }

  #arrive(
    to: "host" | "board",
    { sequence, payload }: { readonly sequence: number; readonly payload: Uint8Array },
  ): void {
    if (to === "board") {
      const message = decodeHostMessage(payload);
      if (message.ok) this.#boardStep({ type: "message", sequence, message: message.value });
    } else {
      const message = decodeControllerMessage(payload);
      if (message.ok) this.#hostStep({ type: "message", sequence, message: message.value });
    }
  }

  #chance(probability: number): boolean {
    return probability > 0 && unit(this.#rng) < probability;
  }
}
