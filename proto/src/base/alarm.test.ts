import { expect, test } from "vitest";
import { Alarm } from "./alarm.ts";
import { VirtualClock } from "./clock.virtual.ts";

test("an alarm rings once when it is due", async () => {
  const clock = new VirtualClock();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.monotonic()));

  alarm.set(500);
  await clock.advance(2_000);

  expect(rings).toEqual([500]);
});

test("an alarm that is moved rings at its new time only", async () => {
  const clock = new VirtualClock();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.monotonic()));

  alarm.set(500);
  alarm.set(900);
  await clock.advance(2_000);

  expect(rings).toEqual([900]);
});

test("an alarm that is taken away never rings", async () => {
  const clock = new VirtualClock();
  let rings = 0;
  const alarm = new Alarm(clock, () => (rings += 1));

  alarm.set(500);
  alarm[Symbol.dispose]();
  await clock.advance(2_000);

  expect(rings).toBe(0);
});
