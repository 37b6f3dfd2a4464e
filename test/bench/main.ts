import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Bench } from "./measure.ts";
import { heartbeatBytes } from "./rows/heartbeat-bytes.ts";
import { type Outcome, table } from "./table.ts";

const benches: readonly Bench[] = [heartbeatBytes];

const help = `Measures the figures we are held to, each beside its baseline in the same run.

  npm run bench                 every row
  npm run bench -- 2 14         only these rows

Rows: ${benches.map(({ row, title }) => `${row} ${title}`).join(" · ")}
The table goes to stdout; the same as JSON to test-results/bench.json. Times are printed, never asserted.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
const unknown = positionals.filter((row) => !benches.some((bench) => String(bench.row) === row));
if (values.help) process.stdout.write(help);
else if (unknown.length > 0) {
  process.stderr.write(`No such row: ${unknown.join(", ")}.\n\n${help}`);
  process.exitCode = 2;
} else await measure(benches.filter(({ row }) => positionals.length === 0 || positionals.includes(String(row))));

async function measure(chosen: readonly Bench[]): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const bench of chosen) {
    process.stderr.write(`${bench.row}. ${bench.title}: ${bench.says}\n`);
    const { row, title, says } = bench;
    outcomes.push({ bench: { row, title, says }, figures: await bench.run() });
  }
  const folder = new URL("../../test-results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? "unknown" };
  await writeFile(
    new URL("bench.json", folder),
    `${JSON.stringify({ at: new Date().toISOString(), machine, outcomes }, null, 2)}\n`,
  );
  process.stdout.write(`${table(outcomes)}\n`);
}
