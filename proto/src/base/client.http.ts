import type { Client, Transport } from "./client.ts";
import type { Endpoint, Routes } from "./endpoint.ts";
import { Fault, type FieldError } from "./fault.ts";
import { isFaultCode } from "./faults.ts";

export interface ClientOptions {
  /** Scheme and host, without a trailing slash; any for an in-memory transport. A page uses its own origin. */
  readonly baseUrl: string;
  /** How calls travel; the platform's `fetch` where silent. */
  readonly transport?: Transport;
  /** Asked before every call, so that a token may change between two of them. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

interface Sent {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * The typed client of a service, made from its contract. It validates nothing and imports no zod: the server answers
 * for the reply's shape, so that pages stay small. A refusal becomes the `Fault` that the handler threw; anything that
 * is not an answer of ours (no connection, a proxy's page) becomes `unavailable`. `cause` keeps what came: the problem
 * with its request id, or the error.
 */
export function createClient<R extends Routes>(routes: R, options: ClientOptions): Client<R> {
  const calls = Object.entries(routes).map(([name, endpoint]) => [
    name,
    (sent: Sent, signal?: AbortSignal) => call(endpoint, sent, options, signal),
  ]);
  return Object.fromEntries(calls);
}

async function call(endpoint: Endpoint, sent: Sent, options: ClientOptions, signal?: AbortSignal): Promise<unknown> {
  const request = await toRequest(endpoint, sent, options, signal);
  const transport = options.transport ?? fetch;
  const response = await transport(request).catch((cause: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(request, "no connection", cause);
  });
  if (!response.ok) throw await toFault(request, response);
  if (endpoint.reply === null) return undefined;
  return response.json().catch((cause: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(request, "the answer is not JSON", cause);
  });
}

async function toRequest(
  endpoint: Endpoint,
  sent: Sent,
  options: ClientOptions,
  signal: AbortSignal | undefined,
): Promise<Request> {
  const headers = new Headers(await options.headers?.());
  headers.set("accept", "application/json, application/problem+json");
  if (sent.body !== undefined) headers.set("content-type", "application/json");
  return new Request(`${options.baseUrl}${fillPath(endpoint.path, sent.params ?? {})}${queryOf(sent.query ?? {})}`, {
    method: endpoint.method.toUpperCase(),
    headers,
    ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
    ...(signal ? { signal } : {}),
  });
}

/** `/deliveries/{delivery_id}` with its parameters in place. Also for building links. */
export function fillPath(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{([^}]+)\}/g, (_match, name: string) => {
    const value = text(params[name]);
    // Dots alone name another path once the address is normalised, however they are escaped.
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`${path}: ${name} cannot be “${value}”`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) parts.append(name, text(one));
  }
  return parts.size === 0 ? "" : `?${parts.toString()}`;
}

async function toFault(request: Request, response: Response): Promise<Fault> {
  const problem: unknown = await response.json().catch(() => null);
  if (!isRecord(problem) || typeof problem["code"] !== "string" || !isFaultCode(problem["code"])) {
    return unreachable(request, `status ${response.status} without a problem of ours`, problem);
  }
  const { detail } = problem;
  const details = {
    ...(typeof detail === "string" ? { detail } : {}),
    ...(isRecord(problem["details"]) ? problem["details"] : {}),
  };
  const fault = new Fault(problem["code"], details, fieldErrors(problem["errors"]));
  fault.cause = problem;
  return fault;
}

function unreachable(request: Request, detail: string, cause: unknown): Fault {
  const { pathname } = new URL(request.url);
  const fault = new Fault("unavailable", { detail: `${request.method} ${pathname}: ${detail}` });
  fault.cause = cause;
  return fault;
}

function fieldErrors(errors: unknown): readonly FieldError[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isRecord).map((error) => ({ pointer: text(error["pointer"]), message: text(error["message"]) }));
}

/** Paths and queries carry scalars; anything else is sent as JSON, so that the server can say what is wrong with it. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
