import * as z from "zod";
import type { Endpoint, Routes } from "../base/endpoint.ts";
import { type FaultCode, faults } from "../base/faults.ts";
import { Problem } from "../base/problem.ts";
import { Components, type JsonSchema } from "./schemas.ts";

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Where it is served: `https://api.example.com`. */
  readonly serverUrl: string;
  /** What we send to partners' addresses, by the event's name, with the payload. */
  readonly webhooks: Readonly<Record<string, { readonly summary: string; readonly payload: z.ZodType }>>;
  /** Also what only our own services and screens call. */
  readonly withInternal?: boolean;
}

/** Faults that any endpoint may answer with, by the way it is called rather than by what it does. */
const always: readonly FaultCode[] = ["invalid_request", "rate_limited", "internal", "unavailable"];

/** The OpenAPI 3.1 document of these services, derived from their contracts. */
export function openApi(services: Readonly<Record<string, Routes>>, options: OpenApiOptions): JsonSchema {
  const components = new Components("#/components/schemas/");
  const problem = components.schema(Problem, "output");
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [service, routes] of Object.entries(services)) {
    for (const [name, endpoint] of Object.entries(routes)) {
      if (endpoint.internal === true && options.withInternal !== true) continue;
      paths[endpoint.path] = {
        ...paths[endpoint.path],
        [endpoint.method]: operation({ service, name, endpoint }, components, problem),
      };
    }
  }
  const webhooks = Object.fromEntries(
    Object.entries(options.webhooks).map(([name, { summary, payload }]) => [
      name,
      webhook(summary, components.schema(payload, "output")),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: { title: options.title, version: options.version, description: options.description },
    servers: [{ url: options.serverUrl }],
    tags: Object.keys(services).map((name) => ({ name })),
    paths,
    webhooks,
    components: {
      schemas: components.all(),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A partner's or a robot's token, or a tracking link's.",
        },
        session: { type: "apiKey", in: "cookie", name: "kerbside_session", description: "A person's session." },
      },
    },
  };
}

interface Operation {
  readonly service: string;
  readonly name: string;
  readonly endpoint: Endpoint;
}

function operation({ service, name, endpoint }: Operation, components: Components, problem: JsonSchema): JsonSchema {
  return {
    operationId: name,
    tags: [service],
    summary: endpoint.summary,
    ...(endpoint.access === "public" ? { security: [] } : { security: [{ bearer: [] }, { session: [] }] }),
    ...(endpoint.access === "public" ? {} : { "x-access": endpoint.access }),
    parameters: [
      ...parameters("path", endpoint.params, components),
      ...parameters("query", endpoint.query, components),
    ],
    ...(endpoint.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: components.schema(endpoint.body, "input") } },
      },
    }),
    responses: { ...success(endpoint, components), ...refusals(endpoint, problem) },
  };
}

function parameters(place: "path" | "query", schema: z.ZodObject | undefined, components: Components): JsonSchema[] {
  if (!schema) return [];
  const printed = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const required = new Set(printed.required);
  return Object.entries(schema.shape).map(([name, part]) => {
    const { description, ...rest } = components.schema(part, "input");
    return {
      name,
      in: place,
      required: place === "path" || required.has(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function success(endpoint: Endpoint, components: Components): JsonSchema {
  if (endpoint.reply === null) return { "204": { description: "Done." } };
  const schema = components.schema(endpoint.reply, "output");
  return { [String(endpoint.status ?? 200)]: { description: "Done.", content: { "application/json": { schema } } } };
}

/** One answer a status, with the codes that it may carry. */
function refusals(endpoint: Endpoint, problem: JsonSchema): JsonSchema {
  const byStatus = new Map<number, FaultCode[]>();
  for (const code of faultsOf(endpoint)) {
    const { status } = faults[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${faults[code].title}`).join(" "),
        content: { "application/problem+json": { schema: problem } },
      },
    ]);
  return Object.fromEntries(answers);
}

/** Every fault code that an endpoint may answer with, those of its access and its calling included. */
export function faultsOf(endpoint: Endpoint): readonly FaultCode[] {
  const access: readonly FaultCode[] = endpoint.access === "public" ? [] : ["unauthenticated", "forbidden"];
  const body: readonly FaultCode[] = endpoint.body
    ? ["payload_too_large", "unsupported_media_type", "idempotency_conflict", "idempotency_in_progress"]
    : [];
  return [...new Set([...endpoint.faults, ...access, ...body, ...always])];
}

function webhook(summary: string, schema: JsonSchema): JsonSchema {
  return {
    post: {
      summary,
      requestBody: { required: true, content: { "application/json": { schema } } },
      responses: { "2XX": { description: "Taken; anything else is tried again for three days." } },
    },
  };
}
