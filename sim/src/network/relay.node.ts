import { once } from "node:events";
import { createServer, connect, type Server, type Socket } from "node:net";

/** What the air does with a robot's packets. */
export type Air = "clear" | "cut" | "silent";

/**
 * A robot's own way to the cloud: a TCP relay to one port of it. `cut` resets what is connected and refuses the rest, as
 * a modem without a cell does; `silent` keeps connections and swallows their bytes, as a bad cell does. Loopback only.
 */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #air: Air = "clear";

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (near) => this.#join(near));
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<Relay> {
    const server = createServer({ noDelay: true });
    const relay = new Relay(server, target);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the relay is closed");
    return address.port;
  }

  get air(): Air {
    return this.#air;
  }

  set(air: Air): void {
    if (air === this.#air) return;
    this.#air = air;
    for (const [near, far] of this.#pairs) {
      if (air === "cut") {
        near.resetAndDestroy();
        far.resetAndDestroy();
      } else if (air === "silent") {
        near.pause();
        far.pause();
      } else {
        near.resume();
        far.resume();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set("cut");
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    if (this.#air === "cut") {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...this.#target, noDelay: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const part = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", part);
      from.on("close", part);
      from.pipe(to);
    }
    if (this.#air === "silent") {
      near.pause();
      far.pause();
    }
  }
}
