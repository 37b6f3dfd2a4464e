import { once } from "node:events";
import { createServer } from "node:net";

const triesMax = 50;

/** The first port from here on that nobody listens on. */
export async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + triesMax; port += 1) if (await isFree(port)) return port;
  throw new Error(`no free port between ${from} and ${from + triesMax - 1}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const refused = new Promise<boolean>((resolve) => void server.once("error", () => resolve(false)));
  server.listen(port, "127.0.0.1");
  const isFree = await Promise.race([
    refused,
    once(server, "listening").then(
      () => true,
      () => false,
    ),
  ]);
  if (isFree) {
    server.close();
    await once(server, "close");
  }
  return isFree;
}
