import { err, ok, type Result } from "@kerbside/proto/base/result";
import { cobsDecode, cobsEncode } from "./cobs.ts";
import { crc32c } from "./crc32c.ts";

/**
 * One message on a serial line. Inside the COBS stuffing, big-endian:
 * version u8, payload length u8, sequence u16, payload, CRC-32C u32 over all before it. A zero before and after.
 */
export interface Frame {
  /** Counts up per sender, modulo 65,536. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export const payloadBytesMax = 96;
const version = 1;
const headBytes = 4;
const crcBytes = 4;
/** Stuffing adds one byte to anything this short. */
const stuffedBytesMax = headBytes + payloadBytesMax + crcBytes + 1;

export const frameFaults = ["frame_stuffing", "frame_version", "frame_length", "frame_crc", "frame_too_long"] as const;
export type FrameFault = (typeof frameFaults)[number];

/** The bytes to write; throws a `RangeError` for a payload that no receiver would take. */
export function encodeFrame({ sequence, payload }: Frame): Uint8Array {
  if (payload.length > payloadBytesMax)
    throw new RangeError(`payload too long: ${payload.length} > ${payloadBytesMax}`);
  const body = new Uint8Array(headBytes + payload.length + crcBytes);
  const view = new DataView(body.buffer);
  view.setUint8(0, version);
  view.setUint8(1, payload.length);
  view.setUint16(2, sequence & 0xffff);
  body.set(payload, headBytes);
  view.setUint32(headBytes + payload.length, crc32c(body.subarray(0, headBytes + payload.length)));
  const stuffed = cobsEncode(body);
  const bytes = new Uint8Array(stuffed.length + 2);
  bytes.set(stuffed, 1);
  return bytes;
}

/** What stood between two zeros. */
export function decodeFrame(stuffed: Uint8Array): Result<Frame, FrameFault> {
  const body = cobsDecode(stuffed);
  if (!body) return err("frame_stuffing");
  if (body.length < headBytes + crcBytes) return err("frame_length");
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  if (view.getUint8(0) !== version) return err("frame_version");
  if (view.getUint8(1) !== body.length - headBytes - crcBytes) return err("frame_length");
  const crcAt = body.length - crcBytes;
  if (view.getUint32(crcAt) !== crc32c(body.subarray(0, crcAt))) return err("frame_crc");
  return ok({ sequence: view.getUint16(2), payload: body.slice(headBytes, crcAt) });
}

/** Cuts a stream of bytes into frames. Holds one frame at most, whatever comes. */
export class FrameReader {
  readonly #held = new Uint8Array(stuffedBytesMax);
  #size = 0;
  #isTooLong = false;

  /** Every frame and every damaged one that these bytes completed, in order. */
  push(bytes: Uint8Array): Result<Frame, FrameFault>[] {
    const found: Result<Frame, FrameFault>[] = [];
    for (const byte of bytes) {
      if (byte === 0) {
        const frame = this.#finish();
        if (frame) found.push(frame);
      } else if (this.#size === stuffedBytesMax) {
        this.#isTooLong = true;
      } else {
        this.#held[this.#size] = byte;
        this.#size += 1;
      }
    }
    return found;
  }

  /** Forgets a frame that had begun, as after a line was opened anew. */
  reset(): void {
    this.#size = 0;
    this.#isTooLong = false;
  }

  #finish(): Result<Frame, FrameFault> | null {
    const stuffed = this.#held.subarray(0, this.#size);
    const isTooLong = this.#isTooLong;
    this.reset();
    if (isTooLong) return err("frame_too_long");
    return stuffed.length === 0 ? null : decodeFrame(stuffed);
  }
}
