import { IncomingMessage } from "node:http";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Endpoint, Routes } from "@kerbside/proto/base/endpoint";
import type { Principal } from "@kerbside/proto/base/roles";
import type { Context, Hono } from "hono";
import type { Logger } from "pino";
import * as z from "zod";
import type { KitMetrics } from "../metrics.ts";
import type { Handlers, RequestContext } from "../service.ts";
import { readJson } from "./body.ts";
import { admit, admits, type Gate } from "./gate.ts";
import type { Answer, Idempotency } from "./idempotency.ts";
import { callerOf } from "./identity.ts";
import { inputReader, type Parts, type Raw } from "./input.ts";
import { problemResponse, toProblem } from "./problem.ts";
import { dataSafety } from "./safety.ts";
import { strictly } from "./strict.ts";

export interface MountOptions {
  readonly service: string;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: KitMetrics;
  readonly newId: () => string;
  readonly newRequestId: () => string;
  readonly idempotency: Idempotency | null;
  /** Checks every reply against its contract; on in tests, off where requests are counted. */
  readonly repliesChecked: boolean;
}

type Handle = (input: Parts & RequestContext) => Promise<unknown>;

/** Serves a contract: authentication, access, validation, the handler, and problems for whatever goes wrong. */
export function mount<R extends Routes>(app: Hono, routes: R, handlers: Handlers<R>, options: MountOptions): void {
  const given: object = handlers;
  for (const [name, endpoint] of Object.entries(routes)) {
    const handle: Handle | undefined = Reflect.get(given, name);
    if (!handle) throw new Error(`${options.service} has no handler for ${name}`);
    const serve = server(name, endpoint, { handle, options });
    app.on(endpoint.method.toUpperCase(), endpoint.path.replace(/\{([^}]+)\}/g, ":$1"), serve);
  }
}

interface Served {
  readonly handle: Handle;
  readonly options: MountOptions;
}

function server(name: string, endpoint: Endpoint, { handle, options }: Served): (c: Context) => Promise<Response> {
  const read = inputReader(endpoint);
  const allows = endpoint.access === "public" ? null : admits(endpoint.access);
  const answer = replier(endpoint, options.repliesChecked);
  const observe = observer(name, options);
  const writes = endpoint.method !== "get";
  return async (c) => {
    const startedMs = options.clock.monotonic();
    const caller = callerOf(c.env);
    const requestId = caller?.requestId ?? acceptedId(headerOf(c, "x-request-id")) ?? options.newRequestId();
    try {
      const principal = allows
        ? admit(caller?.principal ?? (await options.gate.authenticate(c.req.raw)), allows)
        : null;
      const body = endpoint.body
        ? await readJson(c.req.raw, headerOf(c, "content-length"), headerOf(c, "content-type"))
        : undefined;
      const parts = read(rawOf(c, body));
      const once = writes && principal && options.idempotency ? headerOf(c, "idempotency-key") : undefined;
      const request = new HandlerInput(parts, { raw: c.req.raw, principal, requestId, newId: options.newId });
      const execute = async (operationId?: string): Promise<Answer> => {
        if (operationId) request.operate(operationId);
        return answer(await handle(request));
      };
      const done =
        once === undefined || !options.idempotency || !principal
          ? await execute()
          : await options.idempotency.run({ key: once, principal, endpoint: name, parts, requestId }, execute);
      observe(startedMs, done.status);
      return respond(done, requestId, request.extraHeaders);
    } catch (error) {
      const problem = toProblem(error, requestId);
      if (problem.status >= 500) {
        const facts = { request_id: requestId, endpoint: name, err: error };
        if (problem.code === "internal") options.log.error(facts, `${name} failed`);
        else options.log.warn(facts, `${name} could not be done`);
      }
      observe(startedMs, problem.status);
      return problemResponse(problem);
    }
  };
}

/** A header as Node read it, where a socket brought the request: that spares making a `Headers` for each. */
function headerOf(c: Context, name: string): string | undefined {
  const incoming: unknown = c.env ? Reflect.get(c.env, "incoming") : undefined;
  if (!(incoming instanceof IncomingMessage)) return c.req.header(name);
  const value = incoming.headers[name];
  return typeof value === "string" ? value : undefined;
}

function rawOf(c: Context, body: unknown): Raw {
  return { params: () => c.req.param(), query: () => c.req.queries(), body };
}

/** What a handler receives. The rarely used parts are made when somebody asks for them. */
class HandlerInput implements RequestContext, Parts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly #raw: Request;
  readonly #newId: () => string;
  #operationId: string | null = null;
  #replyHeaders: Headers | null = null;

  constructor(
    parts: Parts,
    context: { raw: Request; principal: Principal | null; requestId: string; newId: () => string },
  ) {
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.principal = context.principal;
    this.requestId = context.requestId;
    this.#raw = context.raw;
    this.#newId = context.newId;
  }

  get signal(): AbortSignal {
    return this.#raw.signal;
  }

  get headers(): Headers {
    return this.#raw.headers;
  }

  get operationId(): string {
    this.#operationId ??= this.#newId();
    return this.#operationId;
  }

  get replyHeaders(): Headers {
    this.#replyHeaders ??= new Headers();
    return this.#replyHeaders;
  }

  /** Headers that the handler really set. */
  get extraHeaders(): Headers | null {
    return this.#replyHeaders;
  }

  operate(operationId: string): void {
    this.#operationId = operationId;
  }
}

function replier(endpoint: Endpoint, checked: boolean): (reply: unknown) => Answer {
  const { reply: schema } = endpoint;
  const status = endpoint.status ?? (schema === null ? 204 : 200);
  if (schema === null) return () => ({ status, body: null });
  if (!checked) return (reply) => ({ status, body: JSON.stringify(reply) });
  const strict = strictly(schema);
  return (reply) => ({ status, body: JSON.stringify(parseReply(strict, reply)) });
}

function respond({ status, body }: Answer, requestId: string, extra: Headers | null): Response {
  const headers: Record<string, string> = { ...dataSafety, "cache-control": "no-store", "x-request-id": requestId };
  if (body !== null) headers["content-type"] = status < 400 ? "application/json" : "application/problem+json";
  const response = new Response(body, { status, headers });
  for (const [name, value] of extra ?? []) response.headers.append(name, value);
  return response;
}

/** A handler that breaks its contract is our bug; the message names the field. */
function parseReply(schema: z.core.$ZodType, reply: unknown): unknown {
  const parsed = z.core.safeParse(schema, reply);
  if (!parsed.success) throw new Error(`the reply breaks its contract: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function observer(
  endpoint: string,
  { metrics, service, clock }: MountOptions,
): (startedMs: number, status: number) => void {
  const classes = new Map(
    [2, 3, 4, 5].map((digit) => [digit, metrics.requestSeconds.labels({ service, endpoint, status: `${digit}xx` })]),
  );
  return (startedMs, status) => classes.get(Math.floor(status / 100))?.observe((clock.monotonic() - startedMs) / 1_000);
}

/** A caller's own request id is kept when it is harmless in a log. */
function acceptedId(given: string | undefined): string | null {
  return given !== undefined && /^[\w.-]{8,80}$/.test(given) ? given : null;
}
