import type { SerialPort } from "serialport";
import type { Line, LineListener, LineOptions } from "./line.ts";

const backoffFirstMs = 100;
const backoffMaxMs = 2_000;
/** A healthy line drains this in a tenth of a second; more than that waiting means that nobody reads. */
const waitingBytesMax = 4_096;

/**
 * A serial port that opens again when it goes away, for as long as it is not disposed of.
 * A port that was pulled out shows only on the next write, so whoever uses this writes or watches for silence.
 */
export class SerialLine implements Line {
  readonly #options: LineOptions;
  readonly #listener: LineListener;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #port: SerialPort | null = null;
  #hangUp: () => void = () => undefined;
  #waitingBytes = 0;

  constructor(options: LineOptions, listener: LineListener) {
    this.#options = options;
    this.#listener = listener;
    this.#running = this.#run();
  }

  write(bytes: Uint8Array): void {
    const port = this.#port;
    if (!port || this.#waitingBytes + bytes.length > waitingBytesMax) return;
    this.#waitingBytes += bytes.length;
    port.write(Buffer.from(bytes), (cause) => {
      if (port !== this.#port) return;
      this.#waitingBytes -= bytes.length;
      if (cause) this.#hangUp();
    });
  }

  reopen(): void {
    this.#hangUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#hangUp();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let backoffMs = backoffFirstMs;
    while (!signal.aborted) {
      const port = await this.#open();
      if (port) {
        backoffMs = backoffFirstMs;
        await this.#use(port);
      }
      await this.#options.clock.sleep(backoffMs, signal).catch(() => undefined);
      backoffMs = Math.min(backoffMaxMs, backoffMs * 2);
    }
  }

  /** The open port, or null when there is none now. */
  async #open(): Promise<SerialPort | null> {
    const { path, baudRate } = this.#options;
    // Loaded by whoever has a serial device, and by nobody else: it is large and native.
    const serialport = await import("serialport");
    const port = new serialport.SerialPort({ path, baudRate, autoOpen: false });
    return new Promise((resolve) => {
      port.open((cause) => resolve(cause ? null : port));
    });
  }

  /** Until it closes, fails or is hung up. */
  async #use(port: SerialPort): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#hangUp = resolve;
      port.once("close", () => resolve());
      port.on("error", () => resolve());
    });
    port.on("data", (bytes: Buffer) => {
      if (port === this.#port) this.#listener.received(bytes);
    });
    this.#port = port;
    this.#waitingBytes = 0;
    this.#listener.opened();
    if (this.#stopping.signal.aborted) this.#hangUp();
    await ended;
    this.#port = null;
    this.#hangUp = () => undefined;
    this.#listener.closed();
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}
