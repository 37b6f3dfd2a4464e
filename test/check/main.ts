import { fileURLToPath } from "node:url";
import { type Result, type Step, type StepContext, stages } from "./steps.ts";
import { add, type Tally, verdict } from "./tally.ts";
import { TempFolders } from "./temp.node.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isCi = process.env["CI"] === "true";
const wanted = process.argv.slice(2);
const steps = stages.flat();
const names = steps.map(({ name }) => name).join(", ");
/** Who looks on hears this often what still runs. */
const stillEveryMs = 30_000;

if (wanted.includes("--help") || wanted.includes("-h")) {
  process.stdout.write(
    `Runs every check of this repository.\n\n  npm test                      all of them\n  npm test -- lint types        only these\n\nChecks: ${names}\nWith CI=true a suite that would be skipped counts as failed.\n`,
  );
  process.exit(0);
}
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No such check: ${unknown.join(", ")}. There are: ${names}.\n`);
  process.exit(2);
}

await using temp = await TempFolders.make();
let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages) {
  const chosen = stage.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  for (const each of await atOnce(chosen, { root, temp })) tally = add(tally, each);
}
const { line, isGreen } = verdict(tally, isCi);
process.stdout.write(`\n${line}\n`);
process.exitCode = isGreen ? 0 : 1;

async function atOnce(chosen: readonly Step[], context: StepContext): Promise<readonly Tally[]> {
  const begunAt = performance.now();
  const running = new Set(chosen.map(({ name }) => name));
  for (const { name, says } of chosen) process.stdout.write(`▸ ${name}: ${says}\n`);
  const still = setInterval(
    () => process.stdout.write(`… ${[...running].join(", ")} (${secondsSince(begunAt)} s)\n`),
    stillEveryMs,
  );
  const tallies = await Promise.all(
    chosen.map(async (step) => {
      const result = await step.run(context);
      running.delete(step.name);
      tell(step, result, secondsSince(begunAt));
      return result.tally;
    }),
  );
  clearInterval(still);
  return tallies;
}

/** What a check has to say is told when it failed. */
function tell({ name }: Step, { tally: { passed, failed, skipped }, said }: Result, seconds: string): void {
  if (failed > 0) process.stdout.write(`${said.trimEnd()}\n`);
  const tail = skipped > 0 ? `, ${skipped} skipped` : "";
  process.stdout.write(`${failed > 0 ? "✗" : "✓"} ${name}: ${passed} passed, ${failed} failed${tail} (${seconds} s)\n`);
}

function secondsSince(begunAt: number): string {
  return ((performance.now() - begunAt) / 1_000).toFixed(0);
}
