import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

const rate = { burst: 5, perS: 10 };

test("a caller may ask as often as its burst at once, and then at its rate", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(rate, clock);
  const atOnce = Array.from({ length: 6 }, () => limit.take("a"));

  await clock.advance(100);

  expect(atOnce).toEqual([0, 0, 0, 0, 0, 100]);
  expect([limit.take("a"), limit.take("a")]).toEqual([0, 100]);
});

test("nobody waits for what another asks", () => {
  const limit = new RateLimit(rate, new VirtualClock());
  for (let times = 0; times < 20; times += 1) limit.take("a");

  expect(limit.take("b")).toBe(0);
});

test("whoever waits as long as it was told is let through", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(300), { maxLength: 60 }), async (pausesMs) => {
      const clock = new VirtualClock();
      const limit = new RateLimit(rate, clock);
      for (const pauseMs of pausesMs) {
        await clock.advance(pauseMs);
        const waitMs = limit.take("a");
        await clock.advance(waitMs);

        expect(waitMs === 0 || limit.take("a") === 0).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});

test("in no stretch of time more are let through than the burst and the rate allow", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(rate, clock);
  let through = 0;

  for (let step = 0; step < 1_000; step += 1) {
    await clock.advance(7);
    if (limit.take("a") === 0) through += 1;
  }

  expect(through).toBeLessThanOrEqual(rate.burst + (clock.monotonic() / 1_000) * rate.perS);
  expect(through).toBeGreaterThanOrEqual(Math.floor((clock.monotonic() / 1_000) * rate.perS));
});
