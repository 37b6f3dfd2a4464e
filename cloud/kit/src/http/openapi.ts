import type { Endpoint, Routes } from "@kerbside/proto/base/endpoint";
import type { FaultCode } from "@kerbside/proto/base/faults";
import { faults } from "@kerbside/proto/base/faults";
import { Problem } from "@kerbside/proto/base/problem";
import * as z from "zod";
import { strictly } from "./strict.ts";

type Json = Record<string, unknown>;

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  /** Ours too, or only what partners may call. */
  readonly withInternal?: boolean;
}

/** The OpenAPI 3.1 document of contracts, by service. Inputs are shown as strict as the mount reads them. */
export function openApi(services: Readonly<Record<string, Routes>>, options: OpenApiOptions): Json {
  const schemas: Json = {};
  const schema = schemaPrinter(schemas);
  const paths: Record<string, Json> = {};
  for (const [service, routes] of Object.entries(services)) {
    for (const [name, endpoint] of Object.entries(routes)) {
      if (endpoint.internal && !options.withInternal) continue;
      const item = (paths[endpoint.path] ??= {});
      item[endpoint.method] = { operationId: name, tags: [service], ...operation(endpoint, schema) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: options.title, version: options.version },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { ...schemas, Problem: schema(Problem, "output") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "kerbside_session" },
      },
    },
  };
}

type Print = (schema: z.core.$ZodType, io: "input" | "output") => Json;

function operation(endpoint: Endpoint, print: Print): Json {
  const status = endpoint.status ?? (endpoint.reply === null ? 204 : 200);
  return {
    summary: endpoint.summary,
    description: access(endpoint),
    ...(endpoint.access === "public" ? { security: [] } : { security: [{ bearer: [] }, { session: [] }] }),
    parameters: parameters(endpoint, print),
    ...(endpoint.body
      ? {
          requestBody: {
            required: true,
            content: { "application/json": { schema: print(strictly(endpoint.body), "input") } },
          },
        }
      : {}),
    responses: {
      [status]: endpoint.reply
        ? { description: "Done.", content: { "application/json": { schema: print(endpoint.reply, "output") } } }
        : { description: "Done." },
      ...refusals(endpoint),
    },
  };
}

function access({ access }: Endpoint): string {
  return access === "public" ? "Open to everybody." : `For ${access.join(", ")}.`;
}

function parameters(endpoint: Endpoint, print: Print): readonly Json[] {
  const query = Object.entries(endpoint.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: !z.safeParse(schema, undefined).success,
    schema: print(schema, "input"),
  }));
  const path = Object.entries(endpoint.params?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "path",
    required: true,
    schema: print(schema, "input"),
  }));
  const write = endpoint.method !== "get" && endpoint.access !== "public";
  const key = { name: "Idempotency-Key", in: "header", required: false, schema: { type: "string", maxLength: 255 } };
  return [...path, ...query, ...(write ? [key] : [])];
}

/** Every status that may come back, with the codes it may carry. */
function refusals(endpoint: Endpoint): Json {
  const codes = new Set<FaultCode>([...endpoint.faults, "internal"]);
  if (endpoint.params || endpoint.query || endpoint.body) codes.add("invalid_request");
  if (endpoint.access !== "public") codes.add("unauthenticated").add("forbidden");
  if (endpoint.body) codes.add("unsupported_media_type").add("payload_too_large");
  const byStatus = Map.groupBy([...codes].sort(), (code) => faults[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${faults[code].title}`).join("\n\n"),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

/** Prints a schema, moving what has a name of its own to the components. */
function schemaPrinter(components: Json): Print {
  return (schema, io) => {
    const {
      $schema: _,
      $defs,
      ...printed
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
      target: "draft-2020-12",
    });
    for (const [name, definition] of Object.entries($defs ?? {})) components[name] ??= pointed(definition);
    return pointed(printed);
  };
}

function pointed(value: object): Json {
  const text = JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/');
  const parsed: Json = JSON.parse(text);
  return parsed;
}
