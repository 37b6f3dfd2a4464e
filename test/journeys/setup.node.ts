import { builtPages } from "./screens/pages.node.ts";

/** Once before all journeys: the pages, as they are served, so that no test waits for the building of them. */
export default async function setUp(): Promise<void> {
  await builtPages((words) => process.stdout.write(`${words}\n`));
}
