import { type Events, isEvents } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Handler } from "./handler.ts";

/** The server as a function, for callers in the same process. Rejects with the signal's reason when it aborts. */
export async function answerFetch(handler: Handler, request: Request): Promise<Response> {
  const { status, headers, body } = await handler.answer({
    method: request.method,
    url: new URL(request.url),
    ifNoneMatch: request.headers.get("if-none-match"),
    body: () => readBody(request.body ?? []),
    signal: request.signal,
  });
  const isBodiless = status === 204 || status === 304;
  const content = isEvents(body) ? streamOf(body, request.signal) : body;
  return new Response(isBodiless ? null : content, { status, headers });
}

function streamOf(events: Events, signal: AbortSignal): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  signal.addEventListener("abort", () => gone.abort(), { once: true });
  const pieces = events(gone.signal)[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(Buffer.from(value));
    },
    cancel: () => {
      gone.abort();
      // It may stand at a piece that nobody takes any more.
      void pieces.return?.();
    },
  });
}
