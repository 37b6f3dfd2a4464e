import { fillPath } from "@kerbside/proto/base/client.http";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import type { Credential } from "./tenant.ts";

/** The parts of a call, as they would go over the wire. */
export interface Sent {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One request over a real socket. A string as body goes as it is. */
export async function send(
  url: string,
  endpoint: Pick<Endpoint, "method" | "path">,
  { params = {}, query = {}, body }: Sent,
  headers: Credential = {},
): Promise<Answered> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.append(name, typeof value === "string" ? value : JSON.stringify(value));
  const address = `${url}${fillPath(endpoint.path, params)}${search.size > 0 ? `?${search.toString()}` : ""}`;
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(address, {
    method: endpoint.method.toUpperCase(),
    headers: { ...json, ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The code of a problem; an answer that is not one is told whole. */
export function codeOf({ status, headers, text }: Answered): string {
  const type = headers.get("content-type") ?? "";
  if (!type.startsWith("application/problem+json")) return `${status} ${type}: ${text.slice(0, 200)}`;
  const problem: unknown = JSON.parse(text);
  const code: unknown = typeof problem === "object" && problem !== null ? Reflect.get(problem, "code") : null;
  return String(code);
}
