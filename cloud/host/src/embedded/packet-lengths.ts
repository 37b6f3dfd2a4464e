export interface PacketLimits {
  /** For the first packet, by somebody who has not said yet who they are. */
  readonly firstBytesMax: number;
  readonly bytesMax: number;
}

/**
 * Follows a connection's packets by the length that each announces (MQTT 3.1.1, 2.2.3), so that one that is too long is
 * noticed before it is read: the broker's parser keeps whatever comes until a packet is whole.
 */
export class PacketLengths {
  readonly #limits: PacketLimits;
  #isFirst = true;
  /** What is still to come of a packet's body. */
  #left = 0;
  /** Bits of the length that were read; null before a packet's first byte. */
  #bits: number | null = null;
  #length = 0;

  constructor(limits: PacketLimits) {
    this.#limits = limits;
  }

  /** Whether the bytes that came next announce a packet that is too long. */
  exceed(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at);
        this.#left -= step;
        at += step;
      } else {
        if (this.#isTooLong(bytes[at] ?? 0)) return true;
        at += 1;
      }
    }
    return false;
  }

  #isTooLong(byte: number): boolean {
    if (this.#bits === null) {
      this.#bits = 0;
      this.#length = 0;
      return false;
    }
    this.#length += (byte & 0x7f) << this.#bits;
    this.#bits += 7;
    const { firstBytesMax, bytesMax } = this.#limits;
    if (this.#length > (this.#isFirst ? firstBytesMax : bytesMax)) return true;
    if (byte & 0x80) return this.#bits > 21;
    this.#left = this.#length;
    this.#bits = null;
    this.#isFirst = false;
    return false;
  }
}
