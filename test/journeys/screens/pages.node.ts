import { fileURLToPath } from "node:url";
import type { StaticApp } from "@kerbside/cloud-host/web/static.node";
import { buildPages, pagesIn } from "@kerbside/sim/demo/pages.node";

/** Built pages stay here between runs. */
const folder = fileURLToPath(new URL("../../../node_modules/.cache/kerbside/pages", import.meta.url));

/** The pages as they are served; those whose sources have changed are built first. */
export async function builtPages(onProgress: (words: string) => void = () => undefined): Promise<readonly StaticApp[]> {
  await buildPages(folder, onProgress, new AbortController().signal);
  return pagesIn(folder);
}

/** The folder of one built page. */
export async function builtPage(app: "ops" | "tracker"): Promise<string> {
  const prefix = app === "ops" ? "/ops" : "/t";
  const found = (await builtPages()).find((each) => each.prefix === prefix);
  if (!found) throw new Error(`nobody builds the page ${app}`);
  return found.folder;
}
