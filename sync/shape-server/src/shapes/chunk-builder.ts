/** Collects messages until a chunk is full. A chunk ends with the message that reaches the limit. */
export class ChunkBuilder {
  readonly #bytesMax: number;
  readonly #onChunk: (n: number, body: Buffer) => void;
  #messages: string[] = [];
  #bytes = 0;
  #chunks = 0;

  constructor(bytesMax: number, onChunk: (n: number, body: Buffer) => void) {
    this.#bytesMax = bytesMax;
    this.#onChunk = onChunk;
  }

  add(message: string): void {
    this.#messages.push(message);
    this.#bytes += Buffer.byteLength(message) + 1;
    if (this.#bytes >= this.#bytesMax) this.#close();
  }

  /** Adds the closing message and answers how many chunks there are. */
  finish(message: string): number {
    this.#messages.push(message);
    this.#close();
    return this.#chunks;
  }

  #close(): void {
    this.#onChunk(this.#chunks, Buffer.from(`[${this.#messages.join(",")}]`));
    this.#chunks += 1;
    this.#messages = [];
    this.#bytes = 0;
  }
}
