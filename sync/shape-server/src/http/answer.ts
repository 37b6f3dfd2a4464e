/** An answer before it becomes a `Response` or bytes on a socket. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | Events | null;
}

/** The pieces of an event stream as they come. It ends by itself, or soon after the signal aborts. */
export type Events = (signal: AbortSignal) => AsyncIterable<Buffer | string>;

export function isEvents(body: Answer["body"]): body is Events {
  return typeof body === "function";
}

const exposedHeaders = [
  "electric-cursor",
  "electric-handle",
  "electric-has-data",
  "electric-offset",
  "electric-schema",
  "electric-snapshot",
  "electric-up-to-date",
  "etag",
  "retry-after",
].join(",");

/** Browsers of any origin may read; who may see a shape is the gatekeeper's to say. */
export const corsHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, HEAD, DELETE, OPTIONS",
  "access-control-allow-headers": "authorization, content-type, if-none-match, traceparent",
  "access-control-expose-headers": exposedHeaders,
};

const jsonType = { "content-type": "application/json; charset=utf-8" };
const mustRefetchBody = '[{"headers":{"control":"must-refetch"}}]';

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...jsonType, "cache-control": "no-store", ...headers }, body: JSON.stringify(body) };
}

/** The field may be inside another: `subset.where`. */
export function invalid(field: string, message: string): Answer {
  const errors = field.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), [message]);
  return jsonAnswer(400, { message: "Invalid request", errors });
}

export function unavailable(message: string, retryAfterS: number): Answer {
  return jsonAnswer(503, { message }, { "retry-after": `${retryAfterS}` });
}

/** The client's handle is of no use any more; the new one, where there is one, is. */
export function mustRefetch(handle: string | null, cacheControl: string): Answer {
  const headers = handle === null ? {} : { "electric-handle": handle, etag: `"${handle}::"` };
  return { status: 409, headers: { ...jsonType, "cache-control": cacheControl, ...headers }, body: mustRefetchBody };
}

export function found(body: Buffer, headers: Readonly<Record<string, string>>): Answer {
  return { status: 200, headers: { ...jsonType, ...headers }, body };
}

/** Whatever stands between must not keep the pieces back. */
export function streaming(body: Events, headers: Readonly<Record<string, string>>): Answer {
  return { status: 200, headers: { "content-type": "text/event-stream", "x-accel-buffering": "no", ...headers }, body };
}
