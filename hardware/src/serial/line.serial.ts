import type { SerialPort } from "serialport";
import { keepOpen, waitingBytesMax } from "./keep-open.ts";
import type { Line, LineListener, LineOptions } from "./line.ts";

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
    this.#running = keepOpen(options.clock, this.#stopping.signal, () => this.#useOnce());
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

  async #useOnce(): Promise<boolean> {
    const port = await this.#open();
    if (port) await this.#use(port);
    return port !== null;
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
