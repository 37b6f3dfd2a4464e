/** Most bits that one `write` or `read` moves. */
export const bitsMax = 24;

/** Appends unsigned integers bit by bit, most significant first. */
export class BitWriter {
  #bytes = new Uint8Array(512);
  #length = 0;
  #held = 0;
  #heldBits = 0;

  /** `value` below 2^bits, `bits` at most 24. */
  write(value: number, bits: number): void {
    let held = (this.#held << bits) | value;
    let heldBits = this.#heldBits + bits;
    while (heldBits >= 8) {
      heldBits -= 8;
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length] = held >>> heldBits;
      this.#length += 1;
    }
    held &= (1 << heldBits) - 1;
    this.#held = held;
    this.#heldBits = heldBits;
  }

  /** Any integer from 0 to 2^53 - 1: its length in six bits, then itself. */
  writeSized(value: number): void {
    let left = bitLength(value);
    this.write(left, 6);
    while (left > 0) {
      const bits = Math.min(bitsMax, left);
      left -= bits;
      this.write(Math.floor(value / 2 ** left) % 2 ** bits, bits);
    }
  }

  /** What was written, filled up with zero bits to a whole byte. */
  finish(): Uint8Array {
    if (this.#heldBits > 0) this.write(0, 8 - this.#heldBits);
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** The bytes ended before the value that was asked for, or no writer writes what they say. */
export class BitsDamaged extends Error {
  constructor(atBit: number) {
    super(`bits make no sense at ${atBit}`);
    this.name = "BitsDamaged";
  }
}

/** Bits that the reader sees ahead of it wherever it stands. */
const seenBits = 25;

/** Reads back what a `BitWriter` wrote. Never allocates; reading past the end throws `BitsDamaged`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(bits: number): number {
    if (bits === 0) return 0;
    const value = this.#ahead() >>> (32 - bits);
    this.#take(bits);
    return value;
  }

  readSized(): number {
    const length = this.read(6);
    if (length > 53) throw this.refuse();
    let value = 0;
    for (let left = length; left > 0; ) {
      const bits = Math.min(bitsMax, left);
      value = value * 2 ** bits + this.read(bits);
      left -= bits;
    }
    return value;
  }

  /** How many one bits precede the next zero, which is consumed; stops, consuming no zero, at `max`, at most 24. */
  readOnes(max: number): number {
    const ones = Math.min(max, Math.clz32(~this.#ahead()));
    this.#take(ones < max ? ones + 1 : ones);
    return ones;
  }

  /**
   * What `readOnes(max)` and `read(low)` would give one after the other, as one number: ones above, low bits below. Null,
   * with nothing taken, where that is more than can be seen at once or the ones are `max`.
   */
  readBoth(max: number, low: number): number | null {
    const ahead = this.#ahead();
    const ones = Math.clz32(~ahead);
    const bits = ones + 1 + low;
    if (ones >= max || bits > seenBits) return null;
    this.#take(bits);
    return low === 0 ? ones : (ones << low) | ((ahead << (ones + 1)) >>> (32 - low));
  }

  /** The error to throw for what was just read, when no writer writes it. */
  refuse(): BitsDamaged {
    return new BitsDamaged(this.#at);
  }

  /** Whether nothing is left but the zero bits that fill the last byte. */
  isFinished(): boolean {
    const left = this.#bytes.length * 8 - this.#at;
    return left < 8 && this.read(left) === 0;
  }

  /** The next bits, `seenBits` at least, from the top of 32; zeros stand beyond the end. */
  #ahead(): number {
    const bytes = this.#bytes;
    const from = this.#at >> 3;
    const high = ((bytes[from] ?? 0) << 24) | ((bytes[from + 1] ?? 0) << 16);
    return (high | ((bytes[from + 2] ?? 0) << 8) | (bytes[from + 3] ?? 0)) << (this.#at & 7);
  }

  #take(bits: number): void {
    if (this.#at + bits > this.#bytes.length * 8) throw this.refuse();
    this.#at += bits;
  }
}

/** Bits that a non-negative integer needs; 0 needs none. */
export function bitLength(value: number): number {
  if (value < 2 ** 32) return 32 - Math.clz32(value);
  return 64 - Math.clz32(Math.floor(value / 2 ** 32));
}
