import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between a browser and the server, and counts how many requests for live rows are open at a time. */
export class Connections implements AsyncDisposable {
  readonly #server: Server;
  #open = 0;
  most = 0;
  /** Names of the shapes that were asked for. */
  readonly shapes = new Set<string>();

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((incoming, answer) => {
      const { url = "", method, headers } = incoming;
      const isLive = url.startsWith("/shapes/");
      if (isLive) this.#begin(url);
      const outgoing = request({ hostname, port, path: url, method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      outgoing.on("error", () => answer.destroy());
      answer.on("close", () => {
        if (isLive) this.#open -= 1;
        outgoing.destroy();
      });
      incoming.pipe(outgoing);
    });
  }

  static async to(target: string): Promise<Connections> {
    const connections = new Connections(target);
    await new Promise<void>((resolve) => connections.#server.listen(0, "127.0.0.1", resolve));
    return connections;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${isAddress(address) ? address.port : 0}`;
  }

  #begin(url: string): void {
    this.#open += 1;
    this.most = Math.max(this.most, this.#open);
    this.shapes.add(new URL(url, "http://x").pathname.split("/").at(-1) ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
