import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CityWish } from "@kerbside/sim/city/city-options";
import { type RunningCity, startCity } from "@kerbside/sim/start-city.node";
import { builtPage } from "../screens/pages.node.ts";

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
  return stack.use(await startCity({ ...wish, dataDir, apps, logLevel: "error", speedUp: 10 }));
}
