import { readFileSync } from "node:fs";
import { readFlags } from "./command/flags.ts";
import { type ShapeServerOptions, startShapeServer } from "./server.ts";

const exitCodes = { failed: 1, wrongFlags: 2 } as const;

const asked = readFlags(process.argv.slice(2), {
  environment: process.env,
  read: (path) => readFileSync(path, "utf8"),
});
if (asked.type === "help") console.log(asked.text);
else if (asked.type === "wrong") fail(asked.problem, exitCodes.wrongFlags);
else await run(asked.options).catch((problem: unknown) => fail(reasonOf(problem), exitCodes.failed));

async function run(options: ShapeServerOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.resolve());
  const onEvent: ShapeServerOptions["onEvent"] = (event) => console.error(JSON.stringify(event));
  const server = await startShapeServer({ ...options, onEvent });
  console.error(`ready on ${server.url}`);
  await stopped.promise;
  await server[Symbol.asyncDispose]();
}

function fail(words: string, code: number): void {
  console.error(words);
  process.exitCode = code;
}

function reasonOf(problem: unknown): string {
  if (problem instanceof AggregateError) return problem.errors.map(reasonOf).join(", ");
  return problem instanceof Error ? problem.message : String(problem);
}
