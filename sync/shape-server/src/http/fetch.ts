import type { Handler } from "./handler.ts";

/** The server as a function, for callers in the same process. Rejects with the signal's reason when it aborts. */
export async function answerFetch(handler: Handler, request: Request): Promise<Response> {
  const { status, headers, body } = await handler.answer({
    method: request.method,
    url: new URL(request.url),
    ifNoneMatch: request.headers.get("if-none-match"),
    signal: request.signal,
  });
  const isBodiless = status === 204 || status === 304;
  return new Response(isBodiless ? null : body, { status, headers });
}
