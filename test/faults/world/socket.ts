import { connect, type Socket } from "node:net";

/** Bytes as they are, past every client that would put them right; answers all that came until the other side closed. */
export function exchange(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    // Whoever is cut off in the middle of a word has been answered as well.
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    socket.setTimeout(15_000, () => reject(new Error("nobody closed the connection")));
    socket.write(bytes);
  });
}

/** A connection that says this and then nothing more. */
export function hold(url: string, bytes: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.write(bytes);
  return socket;
}

/** The status of each answer in what came over one connection. */
export function statusesIn(answer: string): readonly number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}
