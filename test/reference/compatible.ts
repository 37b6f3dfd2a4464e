import { events } from "@kerbside/proto/contract";
import { Components, type JsonSchema } from "@kerbside/proto/printed/schemas";
import { robotMessages } from "@kerbside/proto/robot/messages";

/** The schema of every event and robot message, by name and version, with all its parts inside. */
export type Contracts = Readonly<Record<string, JsonSchema>>;

export function contracts(): Contracts {
  const ofEvents = events.map(({ type, version, body }) => [`event ${type} v${version}`, alone(body)]);
  const ofRobots = Object.entries(robotMessages).map(([name, { schema }]) => [`robot ${name}`, alone(schema)]);
  return Object.fromEntries([...ofEvents, ...ofRobots]);
}

/** Everything in which `now` breaks what was accepted, one line each; empty when old and new can talk to each other. */
export function breaks(accepted: Contracts, now: Contracts): readonly string[] {
  return Object.entries(accepted).flatMap(([name, before]) => {
    const after = now[name];
    return after === undefined ? [`${name} is gone`] : differences(before, after, name);
  });
}

/**
 * A field may be added if it may be missing. Anything else changes what the other side reads: a field gone, another
 * type, a new value, a narrower bound, a field that must now be there or now may be missing.
 */
function differences(before: unknown, after: unknown, at: string): readonly string[] {
  if (Array.isArray(before) || Array.isArray(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : listDifferences(before, after, at);
  }
  if (!isRecord(before) || !isRecord(after))
    return before === after ? [] : [`${at}: ${show(before)} became ${show(after)}`];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => key !== "description")
    .flatMap((key) =>
      key === "properties" ? fieldDifferences(before, after, at) : differences(before[key], after[key], `${at}.${key}`),
    );
}

function fieldDifferences(before: JsonSchema, after: JsonSchema, at: string): readonly string[] {
  const [was, is] = [recordOf(before["properties"]), recordOf(after["properties"])];
  return Object.entries(was).flatMap(([field, schema]) =>
    field in is ? differences(schema, is[field], `${at}/${field}`) : [`${at}/${field} is gone`],
  );
}

function listDifferences(before: unknown, after: unknown, at: string): readonly string[] {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) {
    return [`${at}: ${show(before)} became ${show(after)}`];
  }
  return before.flatMap((each, index) => differences(each, after[index], `${at}[${index}]`));
}

function alone(schema: Parameters<Components["schema"]>[0]): JsonSchema {
  const components = new Components("#/$defs/");
  const own = components.schema(schema, "output");
  return { ...own, $defs: components.all() };
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function recordOf(value: unknown): JsonSchema {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
