import type * as z from "zod";
import type { Endpoint, Routes } from "../base/endpoint.ts";
import type { EventType } from "../base/event.ts";
import { faultCodes, faults } from "../base/faults.ts";
import { stateDiagram } from "../states/diagram.ts";
import { eventsOf, statesOf, type Table } from "../states/table.ts";
import { faultsOf } from "./openapi.ts";
import { Components, type JsonSchema } from "./schemas.ts";
import { fieldRows, typeOf } from "./words.ts";

const notice = "<!-- Printed from proto by `npm run reference`; edit the contract, not this page. -->";

/** One page with every endpoint, by service. */
export function endpointsPage(services: Readonly<Record<string, Routes>>): string {
  const components = new Components("#");
  const parts = Object.entries(services).map(([name, routes]) =>
    [`## ${name}`, ...Object.entries(routes).map(([id, endpoint]) => endpointPart(id, endpoint, components))].join(
      "\n\n",
    ),
  );
  return page(
    "Endpoints",
    "Every HTTP endpoint. Refusals are `application/problem+json` with the codes of [faults.md](faults.md).",
    [...parts, namedParts(components)],
  );
}

/** One page with every fact that services tell each other. */
export function eventsPage(events: readonly EventType[]): string {
  const components = new Components("#");
  const parts = events.map((event) =>
    [
      `## ${event.type}`,
      `${event.summary} Subject: \`${event.subject}\`. Version ${event.version}.`,
      shape(event.body, components),
    ].join("\n\n"),
  );
  return page(
    "Events",
    "What services tell each other, in an envelope with `event_id`, both times, actor and sequence.",
    [...parts, namedParts(components)],
  );
}

export interface Message {
  readonly summary: string;
  /** Where it travels: a topic, a mirror row, a journal. */
  readonly on: string;
  readonly schema: z.ZodType;
}

/** One page with every message between a robot and the cloud. */
export function messagesPage(messages: Readonly<Record<string, Message>>): string {
  const components = new Components("#");
  const parts = Object.entries(messages).map(([name, { summary, on, schema }]) =>
    [`## ${name}`, `${summary} Travels on ${on}.`, shape(schema, components)].join("\n\n"),
  );
  return page(
    "Robot messages",
    "Everything that passes between a robot and the cloud. Times are integer milliseconds.",
    [...parts, namedParts(components)],
  );
}

/** One page with every transition table and its diagram. */
export function statesPage(tables: Readonly<Record<string, Table<string, string>>>): string {
  const parts = Object.entries(tables).map(([name, table]) =>
    [
      `## ${table.title}`,
      `\`${name}\`: ${table.summary}`,
      `\`\`\`mermaid\n${stateDiagram(table)}\n\`\`\``,
      grid(
        ["State", "reads", ...eventsOf(table)],
        statesOf(table).map((state) => [
          `\`${state}\``,
          table.states[state]?.text ?? "",
          ...eventsOf(table).map((event) => table.steps[state]?.[event] ?? "–"),
        ]),
      ),
    ].join("\n\n"),
  );
  return page("States", "The legal steps of everything that has a state. A dash is a step that is refused.", parts);
}

/** One page with every refusal. */
export function faultsPage(): string {
  const rows = faultCodes.map((code) => [
    `\`${code}\``,
    String(faults[code].status),
    faults[code].retry ? "yes" : "no",
    faults[code].title,
  ]);
  return page("Faults", "Every code that an answer may carry. Codes are never renamed.", [
    grid(["Code", "Status", "Worth a retry", "Meaning"], rows),
  ]);
}

function endpointPart(id: string, endpoint: Endpoint, components: Components): string {
  const access = endpoint.access === "public" ? "anybody" : endpoint.access.join(", ");
  const lines = [
    `### ${id}`,
    `\`${endpoint.method.toUpperCase()} ${endpoint.path}\` · ${endpoint.summary}${endpoint.internal === true ? " (internal)" : ""}.`,
    `For: ${access}. Faults: ${faultsOf(endpoint)
      .map((code) => `\`${code}\``)
      .join(", ")}.`,
  ];
  if (endpoint.params) lines.push("Path", shape(endpoint.params, components));
  if (endpoint.query) lines.push("Query", shape(endpoint.query, components));
  if (endpoint.body) lines.push("Body", shape(endpoint.body, components));
  lines.push(...(endpoint.reply === null ? ["Answers 204."] : answer(endpoint, endpoint.reply, components)));
  return lines.join("\n\n");
}

function answer(endpoint: Endpoint, reply: z.ZodType, components: Components): readonly string[] {
  const status = endpoint.status ?? 200;
  const printed = components.schema(reply, "output");
  if (fieldRows(printed).length === 0) return [`Answers ${status}: ${typeOf(printed)}`];
  return [`Answers ${status}`, fields(printed)];
}

function shape(schema: z.ZodType, components: Components): string {
  return fields(components.schema(schema, "input"));
}

function fields(printed: JsonSchema): string {
  const rows = fieldRows(printed);
  return rows.length === 0 ? typeOf(printed) : grid(["Field", "Type", "Meaning"], rows);
}

function namedParts(components: Components): string {
  const parts = Object.entries(components.all()).map(([name, schema]) => `### ${name}\n\n${fields(schema)}`);
  return ["## Named parts", ...parts].join("\n\n");
}

function page(title: string, summary: string, parts: readonly string[]): string {
  return `${[notice, `# ${title}`, summary, ...parts].join("\n\n")}\n`;
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
