import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/**
 * JSON lines. Errors are shown with what tells something: neither the connection that pg hangs on its errors nor the
 * values of a query that failed, which are anybody's names and secrets.
 */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: (error: unknown) => shown(error) } };
  return destination ? pino(options, destination) : pino(options);
}

const hidden: ReadonlySet<string> = new Set(["client", "params", "detail"]);

/** An error as facts, and the errors in it alike; `within` are those it hangs from: a circle ends where it closes. */
function shown(value: unknown, within: readonly unknown[] = []): unknown {
  if (Array.isArray(value)) return value.map((one) => shown(one, within));
  if (!(value instanceof Error)) return value;
  if (within.includes(value)) return "…";
  const values = [...reached(value)].flatMap((error) => ("params" in error ? `\nparams: ${String(error.params)}` : []));
  const shownFact = ([name, fact]: [string, unknown]): [string, unknown] => {
    if (typeof fact === "string") return [name, values.reduce((rest, params) => rest.replaceAll(params, ""), fact)];
    const original: unknown = Reflect.get(value, name === "aggregateErrors" ? "errors" : name);
    return [name, shown(original, [...within, value])];
  };
  const facts = Object.entries(stdSerializers.err(value)).filter(([name]) => !hidden.has(name));
  return Object.fromEntries(facts.map(shownFact));
}

/** An error with those that led to it: drizzle says in its message what the values of its query were. */
function reached(error: unknown, found: Set<Error> = new Set()): ReadonlySet<Error> {
  if (!(error instanceof Error) || found.has(error)) return found;
  found.add(error);
  const several: readonly unknown[] = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  for (const other of [error.cause, ...several]) reached(other, found);
  return found;
}
