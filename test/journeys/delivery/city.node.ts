import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleetRoutes } from "@kerbside/proto/routes/fleet";
import type { CityWish } from "@kerbside/sim/city/city-options";
import { type RunningCity, startCity } from "@kerbside/sim/start-city.node";
import { expect } from "@playwright/test";
import { builtPage } from "../screens/pages.node.ts";

const availableMs = 30_000;

/** A city of its own for a journey, with the pages as they are served. It goes with everything it wrote. */
export async function openCity(
  wish: Omit<CityWish, "dataDir" | "apps">,
  stack: AsyncDisposableStack,
): Promise<RunningCity> {
  const apps = [
    { prefix: "/ops", folder: await builtPage("ops") },
    { prefix: "/t", folder: await builtPage("tracker") },
  ];
  const dataDir = await mkdtemp(join(tmpdir(), "kerbside-journey-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const city = stack.use(await startCity({ ...wish, dataDir, apps, logLevel: "error", speedUp: 10 }));
  await expect
    .poll(() => available(city), { message: "robots that can be sent", timeout: availableMs })
    .toBe(wish.robots);
  return city;
}

/** A robot counts from the moment when the cloud knows where it stands and how well it is. */
async function available({ platform }: RunningCity): Promise<number> {
  const { items } = await platform.client("fleet", fleetRoutes).listRobots({ query: {} });
  return items.filter((robot) => robot.available).length;
}
