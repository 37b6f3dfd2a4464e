import { mkdir, writeFile } from "node:fs/promises";
import { contracts } from "./compatible.ts";
import { pages } from "./pages.ts";

const folder = new URL("../../docs/reference/", import.meta.url);
const baseline = new URL("contracts.baseline.json", import.meta.url);

await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(pages())) await writeFile(new URL(name, folder), text);
process.stdout.write(`docs/reference: ${Object.keys(pages()).join(", ")}\n`);
if (process.argv.includes("--accept")) {
  await writeFile(baseline, `${JSON.stringify(contracts(), null, 2)}\n`);
  process.stdout.write("test/reference/contracts.baseline.json: accepted what events and robot messages are now\n");
}
