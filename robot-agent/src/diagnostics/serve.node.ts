import { serve } from "@hono/node-server";
import { type DiagnosticsOptions, diagnosticsApp } from "./diagnostics.ts";

/** Serves the page until disposed of. Rejects when the port is taken. */
export async function serveDiagnostics(
  options: DiagnosticsOptions & { readonly host: string; readonly port: number },
): Promise<AsyncDisposable & { readonly url: string }> {
  const { host, port } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = serve({ fetch: diagnosticsApp(options).fetch, hostname: host, port }, (address) =>
    resolve(address.port),
  );
  server.once("error", reject);
  const taken = await promise;
  return {
    url: `http://${host}:${taken}`,
    async [Symbol.asyncDispose]() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
