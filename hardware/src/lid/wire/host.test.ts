import { describe, expect, test } from "vitest";
import type { LidEvent, LidReading } from "../lid.ts";
import { unlatchHash } from "../unlatch-hash.ts";
import { type HostEffect, type HostInput, hostLimits, hostStep, startHost } from "./host.ts";
import type { ControllerMessage, ControllerStatus, HostMessage } from "./message.ts";

const unlatching = { authorisation: { kind: "command" as const, id: "c" }, nonce: "n" };
const hash = unlatchHash(unlatching);
const locked: ControllerStatus = {
  type: "status",
  bootId: 7,
  position: "closed",
  latch: "engaged",
  goods: "absent",
  faults: [],
  isDriving: false,
  drives: 0,
  openings: 0,
  releases: 0,
  heard: 0,
  isSettled: true,
  lastUnlatch: null,
};
const released: ControllerStatus = {
  ...locked,
  latch: "released",
  drives: 1,
  releases: 1,
  lastUnlatch: { hash, opened: false },
};
const challenge = { type: "challenge", bootId: 7, hash, challenge: "0f".repeat(16) } as const;

describe("the line", () => {
  test("missing reports are a loss after 225 ms, noticed within 250", () => {
    const host = new Host();
    host.hear(locked);

    host.pass(200);
    const early = host.events().map((event) => event.type);
    host.pass(50);

    expect(early).toEqual(["recovered"]);
    expect(host.events().map((event) => event.type)).toEqual(["recovered", "lost"]);
  });

  test("a dead line is opened anew within 2 s, again and again", () => {
    const host = new Host();
    host.hear(locked);

    host.pass(2_000);
    const first = host.sent("reopen");
    host.step({ type: "closed" });
    host.step({ type: "opened" });
    host.pass(2_000);

    expect(first).toBe(1);
    expect(host.sent("reopen")).toBe(2);
  });

  test("a stall of our own program is not taken for a silent controller", () => {
    const host = new Host();
    host.hear(locked);

    host.stall(3_000);
    host.hear(locked);

    expect(host.events().map((event) => event.type)).toEqual(["recovered"]);
  });

  test("it says at once and every 200 ms that it is there", () => {
    const host = new Host();
    host.hear(locked);

    for (let i = 0; i < 40; i += 1) {
      host.pass(50);
      host.hear(locked);
    }

    expect(host.messages().filter((message) => message.type === "ping")).toHaveLength(1 + 10);
  });

  test("an old report heard again does not undo a newer one", () => {
    const host = new Host();
    host.hear(locked, 10);
    host.hear(released, 11);

    host.hear(locked, 10);

    expect(host.reading().latch).toBe("released");
  });
});

describe("a report from before", () => {
  test("is not believed at the start: it was made for the program that wrote to the line last", () => {
    const host = new Host();

    host.hearLate({ ...locked, heard: 0x1234 });
    const before = host.reading().position;
    host.hear(locked);

    expect(before).toBe("unknown");
    expect(host.reading().position).toBe("closed");
  });

  test("is not believed after a loss either, until the controller has heard that we are back", () => {
    const host = new Host();
    host.hear(locked);
    const heard = host.lastSequence();
    host.pass(300);

    host.hearLate({ ...locked, heard });
    const before = host.reading().position;
    host.hear(released);

    expect(before).toBe("unknown");
    expect(host.reading()).toMatchObject({ position: "closed", latch: "released" });
  });
});

describe("an unlatching", () => {
  test("arms, fires with the challenge, and is done when the report says so", () => {
    const host = new Host();
    host.hear(locked);

    host.step({ type: "unlatch", unlatching });
    host.hear(challenge);
    host.hear({ ...locked, isDriving: true, drives: 1, lastUnlatch: { hash, opened: false } });
    host.hear(released);

    expect(host.orders()).toEqual([
      { type: "arm", hash },
      { type: "fire", hash, challenge: challenge.challenge },
    ]);
    expect(host.events().at(-1)).toMatchObject({ type: "unlatch_done", nonce: "n", reading: { latch: "released" } });
  });

  test("a second challenge is not shot at", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });

    host.hear(challenge);
    host.hear({ ...challenge, challenge: "aa".repeat(16) });

    expect(host.orders().filter((message) => message.type === "fire")).toHaveLength(1);
  });

  test("a challenge for another hash, or of a controller that started anew, is not shot at", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });

    host.hear({ ...challenge, hash: "00".repeat(32) });
    host.hear({ ...challenge, bootId: 8 });

    expect(host.orders().some((message) => message.type === "fire")).toBe(false);
  });

  test("a controller that starts anew after the shot leaves open what happened, and is not shot at again", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });
    host.hear(challenge);

    host.hear({ ...locked, bootId: 8 });
    host.pass(200);

    expect(host.events().at(-1)).toMatchObject({ type: "unlatch_failed", failure: { mayHaveMoved: true } });
    expect(host.orders()).toHaveLength(2);
  });

  test("a controller that never answers is asked again and given up within 3 s", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });

    for (let i = 0; i < 58; i += 1) {
      host.pass(50);
      host.hear(locked);
    }

    expect(host.orders().length).toBeGreaterThan(2);
    expect(host.orders().length).toBeLessThan(8);
    expect(host.events().at(-1)).toMatchObject({
      type: "unlatch_failed",
      failure: { code: "lid_unreachable", mayHaveMoved: false },
    });
  });

  test("a stale challenge is asked for anew", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });
    host.hear(challenge);

    host.hear({ type: "refused", replyTo: host.lastSequence(), reason: "stale_challenge" });

    expect(host.orders().map((message) => message.type)).toEqual(["arm", "fire", "arm"]);
  });

  test("a refusal of somebody else's frame is not ours", () => {
    const host = new Host();
    host.hear(locked);
    host.step({ type: "unlatch", unlatching });

    host.hear({ type: "refused", replyTo: 40_000, reason: "already_used" });

    expect(host.events().map((event) => event.type)).toEqual(["recovered"]);
  });

  test("a line that breaks before the shot means that nothing moved, after it that it may have", () => {
    const before = new Host();
    const after = new Host();

    for (const host of [before, after]) {
      host.hear(locked);
      host.step({ type: "unlatch", unlatching });
    }
    after.hear(challenge);
    for (const host of [before, after]) host.step({ type: "closed" });

    expect(before.events().at(-1)).toMatchObject({ failure: { mayHaveMoved: false } });
    expect(after.events().at(-1)).toMatchObject({ failure: { mayHaveMoved: true } });
  });
});

describe("what happened unseen", () => {
  test("an opening between two reports is told from the controller's count", () => {
    const host = new Host();
    host.hear(released);

    host.hear({ ...released, openings: 1, lastUnlatch: { hash, opened: true } });

    expect(host.edges()).toEqual(["lid_opened", "lid_closed"]);
  });

  test("a controller that started anew has counted nothing, and only the difference is told", () => {
    const host = new Host();
    host.hear({ ...released, openings: 3 });

    host.hear({ ...locked, bootId: 8, position: "open", latch: "released" });

    expect(host.edges()).toEqual(["lid_opened"]);
  });
});

/** A host on the bench: we are its clock and its line. */
class Host {
  #nowMs = 0;
  #heard = 0;
  #state = startHost(0, 0xfffe);
  readonly #effects: HostEffect[] = [];

  constructor() {
    this.step({ type: "opened" });
  }

  step(input: HostInput): void {
    const { state, effects } = hostStep(this.#state, input, this.#nowMs);
    this.#state = state;
    this.#effects.push(...effects);
  }

  /** From a controller that has heard everything so far. */
  hear(message: ControllerMessage, sequence = this.#heard + 1): void {
    this.hearLate(message.type === "status" ? { ...message, heard: this.lastSequence() } : message, sequence);
  }

  hearLate(message: ControllerMessage, sequence = this.#heard + 1): void {
    this.#heard = sequence;
    this.step({ type: "message", sequence, message });
  }

  pass(durationMs: number): void {
    for (let left = durationMs; left > 0; left -= hostLimits.tickMs) {
      this.#nowMs += Math.min(left, hostLimits.tickMs);
      this.step({ type: "tick" });
    }
  }

  /** Nothing of ours runs for this long, then everything at once. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs;
    this.step({ type: "tick" });
  }

  reading(): LidReading {
    return this.#state.reading;
  }

  events(): LidEvent[] {
    return this.#effects.flatMap((effect) => (effect.type === "tell" ? [effect.event] : []));
  }

  edges(): string[] {
    return this.events().flatMap((event) => (event.type === "edge" ? [event.edge] : []));
  }

  messages(): HostMessage[] {
    return this.#effects.flatMap((effect) => (effect.type === "send" ? [effect.message] : []));
  }

  /** Everything but pings. */
  orders(): HostMessage[] {
    return this.messages().filter((message) => message.type !== "ping");
  }

  lastSequence(): number {
    return this.#effects.flatMap((effect) => (effect.type === "send" ? [effect.sequence] : [])).at(-1) ?? -1;
  }

  sent(type: HostEffect["type"]): number {
    return this.#effects.filter((effect) => effect.type === type).length;
  }
}
