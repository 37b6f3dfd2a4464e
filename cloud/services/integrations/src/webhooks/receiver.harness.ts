import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
}

/** A partner's server on this machine; for tests. */
export async function receiver(listener: RequestListener): Promise<Receiver> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address && typeof address === "object", "a listening server has an address");
  return {
    server,
    url: `http://127.0.0.1:${address.port}/hook`,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
