import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import type { CityRobot } from "@kerbside/sim/fleet/city-robot";
import { expect } from "@playwright/test";

/** The bolt follows a command within a moment, even on a busy machine. */
const boltMs = 15_000;
const driveMs = 60_000;

export async function unlatched({ lid }: { readonly lid: LidBody }): Promise<void> {
  await expect.poll(() => lid.isLatched, { message: "the lid is latched", timeout: boltMs }).toBe(false);
}

/** The moment that the latch is driven next, by the lid's own word. */
export function driven({ lid }: { readonly lid: LidBody }): Promise<void> {
  return new Promise((resolve) => {
    const stop = lid.onEnergised(() => {
      stop();
      resolve();
    });
  });
}

/** Lifts the lid as soon as it is unlatched, until the robot has seen that it is open. */
async function liftTheLid({ name, body }: CityRobot): Promise<void> {
  await unlatched(body);
  expect(body.lid.openLid(), `the lid of ${name} can be lifted`).toBe(true);
  const message = `what ${name} shows of its open lid`;
  await expect.poll(() => body.indicator.read(), { message, timeout: boltMs }).toBe("please_close");
}

/** The store's part: the code from its tablet, and the goods. */
export async function loadGoods(robot: CityRobot, code: string): Promise<void> {
  const { name, body } = robot;
  const message = `what ${name} shows at the store`;
  await expect.poll(() => body.indicator.read(), { message, timeout: driveMs }).toBe("awaiting_merchant");
  body.keypad.type(code);
  await liftTheLid(robot);
  body.lid.putGoods();
  expect(body.lid.closeLid(), `the lid of ${name} can be shut`).toBe(true);
}

/** What somebody does at a lid that was unlatched for them. */
export async function takeGoods(robot: CityRobot): Promise<void> {
  const { name, body } = robot;
  await liftTheLid(robot);
  body.lid.takeGoods();
  expect(body.lid.closeLid(), `the lid of ${name} can be shut`).toBe(true);
}
