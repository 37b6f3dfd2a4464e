import { buildPages } from "@kerbside/sim/demo/pages.node";
import { pagesFolder } from "./screens/pages.node.ts";

/** Once before all journeys: the pages, as they are served. */
export default async function setUp(): Promise<void> {
  await buildPages(pagesFolder, (words) => process.stdout.write(`${words}\n`));
}
