import type { Server } from "node:net";

const triesMax = 50;
const portMax = 65_535;

/** Listens where asked, or on the next free port after it; answers which one it became. 0 asks for any. */
export async function listenNear(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  const last = Math.min(portMax, port + triesMax - 1);
  for (let candidate = port; candidate <= last; candidate += 1) {
    if (await listens(server, { host, port: candidate })) return portOf(server);
  }
  throw new Error(`no free port between ${port} and ${last} on ${host}`);
}

function listens(server: Server, address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.removeListener("listening", onListening);
      if (error.code === "EADDRINUSE" && address.port !== 0) resolve(false);
      else
        reject(new Error(`cannot listen on ${address.host} port ${address.port}: ${error.message}`, { cause: error }));
    };
    const onListening = (): void => {
      server.removeListener("error", onError);
      resolve(true);
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen(address);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server listens on no port");
  return address.port;
}

/** How to reach from here what listens on every address. */
export function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
