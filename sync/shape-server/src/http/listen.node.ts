import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Events, isEvents } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Handler } from "./handler.ts";

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/** Longer than proxies keep an idle connection. */
const keepAliveMs = 75_000;

/** Serves on its own port, straight from the handler to the socket. */
export async function listen(handler: Handler, { port, host }: { port: number; host: string }): Promise<Listening> {
  const server = createServer((incoming, outgoing) => void respond(handler, incoming, outgoing));
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actual = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const { status, headers, body } = await handler.answer({
      method: incoming.method ?? "GET",
      url: new URL(incoming.url ?? "/", "http://shapes.invalid"),
      ifNoneMatch: incoming.headers["if-none-match"] ?? null,
      body: () => readBody(incoming),
      signal: gone.signal,
    });
    if (isEvents(body)) {
      outgoing.writeHead(status, headers).flushHeaders();
      return await stream(body, outgoing, gone.signal);
    }
    const length = body === null ? {} : { "content-length": Buffer.byteLength(body) };
    outgoing.writeHead(status, { ...headers, ...length });
    outgoing.end(body);
  } catch {
    outgoing.destroy();
  }
}

/** As fast as whoever reads it, and no faster. */
async function stream(events: Events, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  for await (const piece of events(signal)) {
    if (!outgoing.write(piece)) await once(outgoing, "drain", { signal });
  }
  outgoing.end();
}
