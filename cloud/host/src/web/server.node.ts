import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { listenNear } from "../ports.node.ts";

export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

export interface WebServer extends AsyncDisposable {
  readonly port: number;
  /** From now on this answers. Until then requests are told that we are starting. */
  answerWith(fetch: Fetch): void;
}

/** Longer than any live request of a shape waits, so that a reused connection is not closed under it. */
const keepAliveMs = 65_000;
const headersMs = 10_000;
const requestMs = 60_000;
const graceMs = 3_000;

/** Listens at once, so that the port is known before anything that has to name it is wired. */
export async function startWebServer(options: { readonly host: string; readonly port: number }): Promise<WebServer> {
  let answer: Fetch = starting;
  const listener = getRequestListener((request, env) => answer(request, env));
  const server = createServer(
    { keepAliveTimeout: keepAliveMs, headersTimeout: headersMs, requestTimeout: requestMs, noDelay: true },
    (request, response) => void listener(request, response),
  );
  const port = await listenNear(server, options);
  let closed: Promise<void> | null = null;
  return {
    port,
    answerWith(fetch) {
      answer = fetch;
    },
    [Symbol.asyncDispose]: () => (closed ??= close(server)),
  };
}

function starting(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/livez") return new Response("alive\n");
  return new Response("starting\n", { status: 503, headers: { "retry-after": "1" } });
}

/** Running requests may finish; what still waits after three seconds, as live shapes do, is cut. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
