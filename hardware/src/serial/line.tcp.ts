import { connect, type Socket } from "node:net";
import type { Clock } from "@kerbside/proto/base/clock";
import { keepOpen, waitingBytesMax } from "./keep-open.ts";
import type { Line, LineListener } from "./line.ts";

export interface TcpLineOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** A serial device behind a server that passes its bytes on (as ser2net does). */
export class TcpLine implements Line {
  readonly #options: TcpLineOptions;
  readonly #listener: LineListener;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #socket: Socket | null = null;

  constructor(options: TcpLineOptions, listener: LineListener) {
    this.#options = options;
    this.#listener = listener;
    this.#running = keepOpen(options.clock, this.#stopping.signal, () => this.#connectOnce());
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket && socket.writableLength + bytes.length <= waitingBytesMax) socket.write(Uint8Array.from(bytes));
  }

  reopen(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#socket?.destroy();
    await this.#running;
  }

  /** Lives as long as the connection; says whether there was one. */
  async #connectOnce(): Promise<boolean> {
    const { host, port } = this.#options;
    const socket = connect({ host, port }).setNoDelay(true);
    const closed = Promise.withResolvers<void>();
    let wasOpen = false;
    socket.on("error", () => undefined);
    socket.on("close", () => closed.resolve());
    socket.on("connect", () => {
      wasOpen = true;
      this.#listener.opened();
    });
    socket.on("data", (bytes) => this.#listener.received(bytes));
    this.#socket = socket;
    await closed.promise;
    this.#socket = null;
    if (wasOpen) this.#listener.closed();
    return wasOpen;
  }
}
