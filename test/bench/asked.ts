import { parseArgs } from "node:util";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { Bench } from "./measure.ts";

export type Asked =
  | { readonly what: "help" }
  | { readonly what: "measure"; readonly benches: readonly Bench[]; readonly isWritten: boolean };

/** What the command line asks for, or in words why nobody can do that. */
export function readAsked(words: readonly string[], benches: readonly Bench[]): Result<Asked> {
  const parsed = parse(words);
  if (!parsed.ok) return parsed;
  const { help, rows, write = false } = parsed.value;
  if (help) return ok({ what: "help" });
  if (rows === undefined) return ok({ what: "measure", benches, isWritten: write });
  if (write) return err("--write is for the whole table: leave --rows out.");
  const wanted = rows.split(",").map((row) => row.trim());
  const unknown = wanted.filter((row) => !benches.some((bench) => String(bench.row) === row));
  if (unknown.length > 0) return err(`No such row: ${unknown.join(", ")}.`);
  return ok({ what: "measure", benches: benches.filter(({ row }) => wanted.includes(String(row))), isWritten: false });
}

export function helpText(benches: readonly Bench[]): string {
  return `Measures the figures we are held to, each beside its baseline in the same run.

  npm run bench                    every row
  npm run bench -- --rows 2,14     only these rows
  npm run bench -- --write         every row, and the table into test/bench/README.md

Rows:
${benches.map(({ row, title }) => `  ${String(row).padStart(2)}  ${title}`).join("\n")}

The table goes to stdout; the same as JSON to test-results/bench.json. Times are printed, never asserted.
`;
}

const options = {
  help: { type: "boolean", short: "h" },
  rows: { type: "string" },
  write: { type: "boolean" },
} as const;

function parse(words: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...words], options }).values);
  } catch (problem) {
    return err(problem instanceof Error ? problem.message : String(problem));
  }
}
