import { fileURLToPath } from "node:url";
import { buildPages } from "@kerbside/sim/demo/pages.node";

/** Built pages stay here between runs. */
export const pagesFolder = fileURLToPath(new URL("../../../node_modules/.cache/kerbside/pages", import.meta.url));

/** The folder of a built page; built anew when its sources have changed. */
export async function builtPage(app: "ops" | "tracker"): Promise<string> {
  const apps = await buildPages(pagesFolder, () => undefined);
  const found = apps.find(({ prefix }) => prefix === (app === "ops" ? "/ops" : "/t"));
  if (!found) throw new Error(`nobody builds the page ${app}`);
  return found.folder;
}
