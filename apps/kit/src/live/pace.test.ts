import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("what comes after a pause is done at once, what follows together", async () => {
  const clock = new VirtualClock();
  const doneAtMs: number[] = [];
  const beganMs = clock.monotonic();
  const pace = new Pace(clock, () => doneAtMs.push(clock.monotonic() - beganMs));

  for (let ms = 0; ms < 1_000; ms += 50) {
    pace.ask();
    await clock.advance(50);
  }
  await clock.advance(5_000);
  pace.ask();

  expect(doneAtMs).toEqual([0, 250, 500, 750, 1_000, 6_000]);
});

test("nothing is done any more once it is disposed of", async () => {
  const clock = new VirtualClock();
  let done = 0;
  const pace = new Pace(clock, () => {
    done += 1;
  });
  pace.ask();
  pace.ask();

  pace[Symbol.dispose]();
  await clock.advance(1_000);

  expect(done).toBe(1);
});
