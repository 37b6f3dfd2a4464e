import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { LidControllerSim } from "./controller.sim.ts";
import { LidMechanism } from "./mechanism.sim.ts";

/** A simulated lid controller behind a network server, where no pty can be had. One robot at a time. */
export class TcpLidController implements AsyncDisposable {
  readonly mechanism: LidMechanism;
  readonly controller: LidControllerSim;
  readonly #server: Server;
  #socket: Socket | null = null;
  #isMuted = false;

  constructor(server: Server, clock: Clock) {
    this.mechanism = new LidMechanism(clock);
    this.controller = new LidControllerSim({
      clock,
      rng: systemRng,
      mechanism: this.mechanism,
      send: (bytes) => {
        if (!this.#isMuted) this.#socket?.write(bytes);
      },
    });
    this.#server = server.on("connection", (socket) => this.#accept(socket));
  }

  static async listen(clock: Clock = systemClock): Promise<TcpLidController> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return new TcpLidController(server, clock);
  }

  /** What to give a `SerialLid` as its path. */
  get path(): string {
    const address = this.#server.address();
    return typeof address === "object" && address ? `tcp:127.0.0.1:${address.port}` : "";
  }

  /** The line carries nothing in either direction, though it is open. */
  mute(): void {
    this.#isMuted = true;
  }

  unmute(): void {
    this.#isMuted = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      if (!this.#isMuted) this.controller.receive(bytes);
    });
  }
}
