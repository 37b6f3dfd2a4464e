import { systemClock } from "@kerbside/proto/base/clock.system";
import { expect, type Page } from "@playwright/test";
import { buildCrowd } from "./crowd.ts";
import { type MainThread, watchMainThread } from "./main-thread.ts";
import { speakEverySecond } from "./speaking.ts";
import { test } from "./stage.fixture.ts";

const robots = 2_000;
const watchedMs = 3_000;
/** The goal is 50 ms; the bound leaves room for a machine that does other things at the same time. */
const boundMs = 150;

// A recording of every change of the page would be most of what is measured.
test.use({ trace: "off" });

test("2,000 robots that speak every second leave the page free to scroll and to pan", async ({
  page,
  stage,
  openOps,
}) => {
  const { id, logins } = await buildCrowd(stage, { name: "Crowd of 2000", robots });
  await openOps(logins.ops);
  await page.getByRole("option", { name: /^Robot 1 / }).waitFor();
  await page.getByRole("region", { name: /^Map/ }).waitFor();
  await using speaking = speakEverySecond(stage, id);
  await expect.poll(() => speaking.rounds).toBeGreaterThan(0);

  const scrolling = await watchMainThread(page, () => scroll(page));
  const panning = await watchMainThread(page, () => pan(page));

  tell("scrolling the list", scrolling);
  tell("panning the map", panning);
  expect(scrolling.cpu.p95).toBeLessThan(boundMs);
  expect(panning.cpu.p95).toBeLessThan(boundMs);
});

async function scroll(page: Page): Promise<void> {
  await page.mouse.move(150, 600);
  await until(() => page.mouse.wheel(0, 300));
}

async function pan(page: Page): Promise<void> {
  let isBack = false;
  await until(async () => {
    await page.mouse.move(isBack ? 600 : 900, 400);
    await page.mouse.down();
    await page.mouse.move(isBack ? 900 : 600, 450, { steps: 10 });
    await page.mouse.up();
    isBack = !isBack;
  });
}

async function until(work: () => Promise<void>): Promise<void> {
  const endMs = systemClock.monotonic() + watchedMs;
  while (systemClock.monotonic() < endMs) await work();
}

function tell(what: string, { tasks, wall, cpu }: MainThread): void {
  const said = `${robots} robots at 1 Hz, ${what}: ${tasks} tasks of the main thread, 95 % within ${cpu.p95} ms of its own time (${wall.p95} ms by the clock), the longest ${cpu.max} ms (${wall.max} ms)`;
  process.stdout.write(`${said}\n`);
  test.info().annotations.push({ type: "measured", description: said });
}
