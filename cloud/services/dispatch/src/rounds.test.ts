import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { describe, expect, test } from "vitest";
import { Rounds, type Work } from "./rounds.ts";

/** A solver that notes when it worked. */
class NotedWork implements Work {
  readonly solvedAtMs: number[] = [];
  isHeld = true;
  changes = 0;
  failures = 0;
  readonly againAfterMs = 7_000;
  hasLetGo = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async hold(): Promise<boolean> {
    return this.isHeld;
  }

  async letGo(): Promise<void> {
    this.hasLetGo = true;
  }

  async takeChanges(): Promise<boolean> {
    const hasChanged = this.changes > 0;
    this.changes = 0;
    return hasChanged;
  }

  async solve(): Promise<number> {
    this.solvedAtMs.push(this.#clock.monotonic());
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("the database is away");
    }
    return this.#clock.now() + this.againAfterMs;
  }
}

async function start() {
  const clock = new VirtualClock();
  const work = new NotedWork(clock);
  const troubles: unknown[] = [];
  const rounds = new Rounds({ work, clock, happenings: { troubled: (_who, error) => troubles.push(error) } });
  const stop = new AbortController();
  const running = rounds.run(stop.signal);
  await turns();
  return {
    clock,
    work,
    rounds,
    troubles,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Lets promises run that wait for no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe("rounds", () => {
  test("the first one solves in any case, for what happened while nobody ran", async () => {
    const { work, stop } = await start();

    await stop();

    expect(work.solvedAtMs).toEqual([0]);
    expect(work.hasLetGo).toBe(true);
  });

  test("changes that come together are one solution, within a tenth of a second", async () => {
    const { clock, work, rounds, stop } = await start();
    await clock.advance(500);
    for (let n = 0; n < 5; n += 1) {
      work.changes += 1;
      rounds.wake();
    }
    await turns();

    await clock.advance(900);
    await stop();

    expect(work.solvedAtMs).toHaveLength(2);
    expect(work.solvedAtMs[1]).toBeLessThanOrEqual(600);
  });

  test("a change whose transaction is still open when it wakes us is found soon after", async () => {
    const { clock, work, rounds, stop } = await start();
    await clock.advance(500);
    rounds.wake();
    await turns();
    await clock.advance(150);
    work.changes = 1;

    await clock.advance(100);
    await stop();

    expect(work.solvedAtMs).toHaveLength(2);
  });

  test("changes of other processes are found without being woken", async () => {
    const { clock, work, stop } = await start();
    await clock.advance(500);
    work.changes = 1;

    await clock.advance(1_100);
    await stop();

    expect(work.solvedAtMs).toHaveLength(2);
  });

  test("without changes it solves when it said it would", async () => {
    const { clock, work, stop } = await start();

    await clock.advance(15_000);
    await stop();

    expect(work.solvedAtMs).toEqual([0, 7_000, 14_000]);
  });

  test("who does not hold the work leaves it alone, changes too", async () => {
    const { clock, work, stop } = await start();
    await clock.advance(10);
    work.isHeld = false;
    work.changes = 1;

    await clock.advance(40_000);
    await stop();

    expect(work.solvedAtMs).toEqual([0]);
    expect(work.changes).toBe(1);
  });

  test("what failed is tried again, more and more seldom, though its changes were taken", async () => {
    const { clock, work, rounds, troubles, stop } = await start();
    work.failures = 4;
    work.changes = 1;
    rounds.wake();
    await turns();

    await clock.advance(10_000);
    await stop();

    expect(work.solvedAtMs).toEqual([0, 40, 540, 1_540, 3_540, 7_540]);
    expect(troubles).toHaveLength(4);
  });
});
