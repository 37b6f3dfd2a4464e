import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { helpText, readAsked } from "./asked.ts";
import type { Bench } from "./measure.ts";
import { agentDisk } from "./rows/agent-disk.ts";
import { agentWeight } from "./rows/agent-weight.ts";
import { api } from "./rows/api.ts";
import { assignment } from "./rows/assignment.ts";
import { heartbeatBytes } from "./rows/heartbeat-bytes.ts";
import { heartbeatsDurable } from "./rows/heartbeats-durable.ts";
import { lidCommand } from "./rows/lid-command.ts";
import { routing } from "./rows/routing.ts";
import { shapeLatency } from "./rows/shape-latency.ts";
import { shapeFanOut, shapeMemory, shapeSnapshot, shapeThroughput } from "./rows/shape-load.ts";
import { type Outcome, table, withFigures } from "./table.ts";

const benches: readonly Bench[] = [
  heartbeatsDurable,
  heartbeatBytes,
  lidCommand,
  shapeLatency,
  shapeFanOut,
  shapeSnapshot,
  shapeThroughput,
  shapeMemory,
  agentWeight,
  agentDisk,
  api,
  assignment,
  routing,
];

const asked = readAsked(process.argv.slice(2), benches);
if (!asked.ok) {
  process.stderr.write(`${asked.error}\n\n${helpText(benches)}`);
  process.exitCode = 2;
} else if (asked.value.what === "help") process.stdout.write(helpText(benches));
else await measure(asked.value);

async function measure({
  benches,
  isWritten,
}: {
  readonly benches: readonly Bench[];
  readonly isWritten: boolean;
}): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const { row, title, says, run } of benches) {
    process.stderr.write(`${row}. ${title}: ${says}\n`);
    const outcome = await run().then(
      (figures) => ({ figures }),
      (problem: unknown) => ({ figures: [], problem: tell(problem) }),
    );
    outcomes.push({ bench: { row, title, says }, ...outcome });
  }
  const folder = new URL("../../test-results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? "unknown" };
  const at = new Date().toISOString();
  await writeFile(new URL("bench.json", folder), `${JSON.stringify({ at, machine, outcomes }, null, 2)}\n`);
  const figures = table(outcomes);
  process.stdout.write(`${figures}\n`);
  if (!isWritten) return;
  const readme = new URL("README.md", import.meta.url);
  const when = `${at.slice(0, 10)}, Node ${machine.node}, ${machine.cores} cores, ${machine.cpu}.`;
  await writeFile(readme, withFigures(await readFile(readme, "utf8"), `${when}\n\n${figures}`));
}

/** The other rows are measured all the same. */
function tell(problem: unknown): string {
  process.exitCode = 1;
  process.stderr.write(`${problem instanceof Error ? problem.stack : String(problem)}\n`);
  return problem instanceof Error ? problem.message : String(problem);
}
