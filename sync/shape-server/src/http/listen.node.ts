import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { createSecureServer } from "node:http2";
import type { Server, Socket } from "node:net";
import { type Events, isEvents } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Handler } from "./handler.ts";

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

export interface ListenOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly host: string;
  /** PEM texts. With them HTTP/2 is spoken beside 1.1: browsers hold many live shapes over one connection. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

/** What both versions of HTTP have in common. */
interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

interface Outgoing extends NodeJS.EventEmitter {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  flushHeaders?(): void;
  write(piece: Buffer | string): boolean;
  end(piece: Buffer | string): unknown;
  destroy(): unknown;
}

/** Longer than proxies keep an idle connection. */
const keepAliveMs = 75_000;

/** Serves on its own port, straight from the handler to the socket. */
export async function listen(handler: Handler, { port, host, tls }: ListenOptions): Promise<Listening> {
  const take = (incoming: Incoming, outgoing: Outgoing): void => void respond(handler, incoming, outgoing);
  const server: Server = tls ? createSecureServer({ ...tls, allowHTTP1: true }, take) : plainServer(take);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actual = typeof address === "object" && address ? address.port : port;
  return {
    url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function plainServer(take: (incoming: Incoming, outgoing: Outgoing) => void): Server {
  const server = createServer(take);
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + 5_000;
  return server;
}

/** An abort without a reason of its own makes one, with a stack, each time. */
const hasLeft = new Error("the connection is closed");

async function respond(handler: Handler, incoming: Incoming, outgoing: Outgoing): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort(hasLeft));
  try {
    const { status, headers, body } = await handler.answer({
      method: incoming.method ?? "GET",
      url: new URL(incoming.url ?? "/", "http://shapes.invalid"),
      ifNoneMatch: incoming.headers["if-none-match"] ?? null,
      body: () => readBody(incoming),
      signal: gone.signal,
    });
    if (isEvents(body)) {
      outgoing.writeHead(status, headers);
      outgoing.flushHeaders?.();
      return await stream(body, outgoing, gone.signal);
    }
    const length = body === null ? {} : { "content-length": Buffer.byteLength(body) };
    outgoing.writeHead(status, { ...headers, ...length });
    outgoing.end(body ?? "");
  } catch {
    outgoing.destroy();
  }
}

/** As fast as whoever reads it, and no faster. */
async function stream(events: Events, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  for await (const piece of events(signal)) {
    if (!outgoing.write(piece)) await once(outgoing, "drain", { signal });
  }
  outgoing.end("");
}
