import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";

/** Length, number, time and checksum. */
const headBytes = 24;
const pageBytes = 4_096;

/** The least that durable can cost: each record behind the last one, in a file whose blocks are there already. */
export class RingFile implements Disposable {
  readonly #file: number;
  readonly #size = 256 * pageBytes;
  #at = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w+");
    // Linux keeps together what was written at once, and would count all of it for each byte that changes.
    for (let at = 0; at < this.#size; at += pageBytes) writeSync(this.#file, Buffer.alloc(pageBytes), 0, pageBytes, at);
    fdatasyncSync(this.#file);
  }

  append(data: Uint8Array): void {
    const record = Buffer.alloc(headBytes + data.length);
    record.writeUInt32LE(data.length);
    record.set(data, headBytes);
    if (this.#at + record.length > this.#size) this.#at = 0;
    writeSync(this.#file, record, 0, record.length, this.#at);
    fdatasyncSync(this.#file);
    this.#at += record.length;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
