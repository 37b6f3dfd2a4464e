import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import type { CityRobot } from "@kerbside/sim/fleet/city-robot";
import { expect } from "@playwright/test";

/** The bolt follows a command within a moment, even on a busy machine. */
const boltMs = 15_000;

export async function unlatched({ lid }: { readonly lid: LidBody }): Promise<void> {
  await expect.poll(() => lid.isLatched, { message: "the lid is latched", timeout: boltMs }).toBe(false);
}

/** What somebody does at a lid that was unlatched for them. */
export async function takeGoods({ name, body }: CityRobot): Promise<void> {
  await unlatched(body);
  expect(body.lid.openLid(), `the lid of ${name} can be lifted`).toBe(true);
  body.lid.takeGoods();
  // The switches tell an open lid from one that only rattles.
  await expect
    .poll(() => body.indicator.read(), { message: "the robot's lights", timeout: boltMs })
    .toBe("please_close");
  expect(body.lid.closeLid(), `the lid of ${name} can be shut`).toBe(true);
}
