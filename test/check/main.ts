import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type Step, steps } from "./steps.ts";
import { add, type Tally, verdict } from "./tally.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isCi = process.env["CI"] === "true";
const wanted = process.argv.slice(2);

if (wanted.includes("--help") || wanted.includes("-h")) {
  process.stdout.write(
    `Runs every check of this repository.\n\n  npm test                      all of them\n  npm test -- lint types        only these\n\nChecks: ${steps.map(({ name }) => name).join(", ")}\nWith CI=true a suite that would be skipped counts as failed.\n`,
  );
  process.exit(0);
}
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such check: ${unknown.join(", ")}. There are: ${steps.map(({ name }) => name).join(", ")}.\n`,
  );
  process.exit(2);
}

let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue;
  tally = add(tally, await timed(step));
}
const { line, isGreen } = verdict(tally, isCi);
process.stdout.write(`\n${line}\n`);
process.exitCode = isGreen ? 0 : 1;

async function timed(step: Step): Promise<Tally> {
  process.stdout.write(`\n▸ ${step.name}: ${step.says}\n`);
  const begunAt = performance.now();
  const result = await step.run({ root, cores: cpus().length });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
  process.stdout.write(
    `${result.failed > 0 ? "✗" : "✓"} ${step.name}: ${result.passed} passed, ${result.failed} failed${skipped} (${seconds} s)\n`,
  );
  return result;
}
