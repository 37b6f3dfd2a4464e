import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/**
 * JSON lines. Errors are shown with what tells something: neither the connection that pg hangs on its errors nor the
 * values of a query that failed, which are anybody's names and secrets.
 */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: shownError } };
  return destination ? pino(options, destination) : pino(options);
}

const hidden: ReadonlySet<string> = new Set(["client", "params", "detail"]);

function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const values = valuesIn(error);
  const without = (text: unknown): unknown =>
    typeof text === "string" ? values.reduce((rest, value) => rest.replaceAll(value, ""), text) : text;
  const facts = Object.entries(stdSerializers.err(error)).filter(([name]) => !hidden.has(name));
  return Object.fromEntries(facts.map(([name, fact]) => [name, without(fact)]));
}

/** What drizzle says of the values of its query, in each error that led to this one. */
function valuesIn(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = "params" in error ? [`\nparams: ${String(error.params)}`] : [];
  return [...own, ...valuesIn(error.cause)];
}
