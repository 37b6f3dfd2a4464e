import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import { Bell } from "./bell.ts";

test("a ring wakes who waits, long before the time is over", async () => {
  const bell = new Bell();
  const waiting = bell.heard(new VirtualClock(), 60_000, new AbortController().signal);

  bell.ring();

  await expect(waiting).resolves.toBeUndefined();
});

test("a ring that nobody waited for is heard at the next wait, once", async () => {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const bell = new Bell();
  bell.ring();
  await bell.heard(clock, 60_000, signal);
  let isHeard = false;

  const waiting = bell.heard(clock, 60_000, signal).then(() => (isHeard = true));
  await clock.advance(59_000);

  expect(isHeard).toBe(false);
  await clock.advance(1_000);
  await waiting;
});

test("waiting ends with the signal", async () => {
  const over = new AbortController();
  const waiting = new Bell().heard(new VirtualClock(), 60_000, over.signal);

  over.abort();

  await expect(waiting).rejects.toThrow("aborted");
});
