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

/** Reads back what a `BitWriter` wrote. Never allocates; reading past the end throws `BitsDamaged`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(bits: number): number {
    if (this.#at + bits > this.#bytes.length * 8) throw this.refuse();
    let value = 0;
    for (let left = bits; left > 0; ) {
      const inByte = this.#at & 7;
      const take = Math.min(8 - inByte, left);
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = (value << take) | ((byte >> (8 - inByte - take)) & ((1 << take) - 1));
      this.#at += take;
      left -= take;
    }
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

  /** How many one bits precede the next zero, which is consumed; stops, consuming no zero, at `max`. */
  readOnes(max: number): number {
    let ones = 0;
    while (ones < max && this.read(1) === 1) ones += 1;
    return ones;
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
}

/** Bits that a non-negative integer needs; 0 needs none. */
export function bitLength(value: number): number {
  if (value < 2 ** 32) return 32 - Math.clz32(value);
  return 64 - Math.clz32(Math.floor(value / 2 ** 32));
}
