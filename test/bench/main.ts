import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Bench } from "./measure.ts";
import { agentDisk } from "./rows/agent-disk.ts";
import { assignment } from "./rows/assignment.ts";
import { heartbeatBytes } from "./rows/heartbeat-bytes.ts";
import { lidCommand } from "./rows/lid-command.ts";
import { routing } from "./rows/routing.ts";
import { type Outcome, table, withFigures } from "./table.ts";

const benches: readonly Bench[] = [heartbeatBytes, lidCommand, agentDisk, assignment, routing];

const help = `Measures the figures we are held to, each beside its baseline in the same run.

  npm run bench                 every row
  npm run bench -- 2 14         only these rows
  npm run bench -- --write      every row, and the table into test/bench/README.md

Rows: ${benches.map(({ row, title }) => `${row} ${title}`).join(" · ")}
The table goes to stdout; the same as JSON to test-results/bench.json. Times are printed, never asserted.
`;

const { values, positionals } = readArguments();
const unknown = positionals.filter((row) => !benches.some((bench) => String(bench.row) === row));
if (values.help) process.stdout.write(help);
else if (unknown.length > 0) refuse(`No such row: ${unknown.join(", ")}.`);
else if (values.write && positionals.length > 0) refuse("--write is for the whole table: leave the rows out.");
else await measure(benches.filter(({ row }) => positionals.length === 0 || positionals.includes(String(row))));

async function measure(chosen: readonly Bench[]): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const { row, title, says, run } of chosen) {
    process.stderr.write(`${row}. ${title}: ${says}\n`);
    outcomes.push({ bench: { row, title, says }, figures: await run() });
  }
  const folder = new URL("../../test-results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? "unknown" };
  const at = new Date().toISOString();
  await writeFile(new URL("bench.json", folder), `${JSON.stringify({ at, machine, outcomes }, null, 2)}\n`);
  const figures = table(outcomes);
  process.stdout.write(`${figures}\n`);
  if (!values.write) return;
  const readme = new URL("README.md", import.meta.url);
  const when = `${at.slice(0, 10)}, Node ${machine.node}, ${machine.cores} cores, ${machine.cpu}.`;
  await writeFile(readme, withFigures(await readFile(readme, "utf8"), `${when}\n\n${figures}`));
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, write: { type: "boolean" } },
    });
  } catch (problem) {
    refuse(problem instanceof Error ? problem.message : String(problem));
    process.exit();
  }
}

function refuse(words: string): void {
  process.stderr.write(`${words}\n\n${help}`);
  process.exitCode = 2;
}
