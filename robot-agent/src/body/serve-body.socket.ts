import { createServer, type Server, type Socket } from "node:net";
import type { Battery } from "@kerbside/hardware/battery/battery";
import type { Estop } from "@kerbside/hardware/estop/estop";
import type { Motion } from "@kerbside/hardware/gnss/gnss.sim";
import type { IndicatorSignal } from "@kerbside/hardware/indicator/indicator";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Drive } from "../drive.ts";
import type { MemoryKeypad } from "../keypad.ts";
import { bodySpeaksEveryMs, type FromBody, LineReader, ToBody, writeLine } from "./body-wire.ts";
import { socketAddress } from "./socket.node.ts";

/** A simulated body that a robot process elsewhere drives. */
export interface ServedBody {
  readonly drive: Drive;
  readonly battery: Battery;
  readonly estop: Estop;
  readonly indicator: { show(signal: IndicatorSignal): void };
  /** Where codes are typed and answers shown. */
  readonly keypad: MemoryKeypad;
}

export interface ServeBodyOptions {
  /** `unix:/path` or `tcp:host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly clock: Clock;
  /** Where the body truly is, asked twice a second. */
  readonly motion: () => Motion;
}

/** The simulator's end of the cable. One agent at a time; a younger connection takes the place of an older. */
export class BodyServer implements AsyncDisposable {
  readonly #body: ServedBody;
  readonly #options: ServeBodyOptions;
  readonly #server: Server;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #stops: readonly (() => void)[];
  readonly #address: string;
  #socket: Socket | null = null;

  constructor(server: Server, body: ServedBody, options: ServeBodyOptions) {
    const { drive, battery, estop, keypad } = body;
    this.#body = body;
    this.#options = options;
    this.#server = server.on("connection", (socket) => this.#accept(socket));
    this.#stops = [
      drive.onChange(() => this.#send({ type: "drive", reading: drive.read() })),
      battery.subscribe(() => this.#sayBattery()),
      estop.subscribe(() => this.#sayChain()),
      keypad.onCode((code) => this.#send({ type: "code", code })),
    ];
    const address = server.address();
    this.#address = typeof address === "string" ? `unix:${address}` : `tcp:${address?.address}:${address?.port}`;
    this.#running = this.#run();
  }

  /** What to give the robot as `--body`. */
  get address(): string {
    return this.#address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const stop of this.#stops) stop();
    this.#socket?.destroy();
    await this.#running;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#send({ type: "drive", reading: this.#body.drive.read() });
      this.#send({ type: "motion", ...this.#options.motion() });
      await this.#options.clock.sleep(bodySpeaksEveryMs, signal).catch(() => undefined);
    }
  }

  #accept(socket: Socket): void {
    const reader = new LineReader(ToBody);
    this.#socket?.destroy();
    this.#socket = socket.setNoDelay(true).setEncoding("utf8");
    socket.on("error", () => undefined);
    socket.on("data", (text) => {
      for (const message of reader.push(text.toString())) this.#obey(message);
    });
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      // Nobody decides any more: the wheels stand still.
      this.#body.drive.hold();
    });
    this.#send({ type: "simulated" });
    this.#sayChain();
    this.#sayBattery();
    this.#send({ type: "drive", reading: this.#body.drive.read() });
    this.#send({ type: "motion", ...this.#options.motion() });
  }

  #obey(message: ToBody): void {
    const { drive, estop, indicator, keypad } = this.#body;
    switch (message.type) {
      case "follow":
        return drive.follow(message.order);
      case "hold":
        return drive.hold();
      case "engage_estop":
        return estop.engage();
      case "release_estop":
        // One that is held stays engaged, which its next reading says.
        estop.release();
        return;
      case "show":
        return indicator.show(message.signal);
      case "answer":
        return keypad.show(message.answer);
    }
  }

  #sayChain(): void {
    const { atMs: _when, ...reading } = this.#body.estop.read();
    this.#send({ type: "chain", reading });
  }

  #sayBattery(): void {
    const { atMs: _when, faults, ...reading } = this.#body.battery.read();
    this.#send({ type: "battery", reading: { ...reading, faults: [...faults] } });
  }

  #send(message: FromBody): void {
    this.#socket?.write(writeLine(message));
  }
}

/** Serves a body to an agent in another process, over TCP or a Unix socket; the last one that connects has it. */
export async function serveBody(body: ServedBody, options: ServeBodyOptions): Promise<BodyServer> {
  const at = socketAddress(options.address);
  if (!at) throw new RangeError(`${options.address} is neither tcp:host:port nor unix:/path`);
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(at, resolve);
  await promise;
  return new BodyServer(server, body, options);
}
