import * as z from "zod";
import type { Clock } from "./clock.ts";
import type { Rng } from "./rng.ts";

/** A UUID in its canonical lower-case form. Ours are version 7, so that they sort by birth. */
export const Uuid = z.uuid().meta({ id: "Uuid" });

/** Makes UUIDv7 (RFC 9562, 5.7): 48 bits of wall milliseconds, 74 bits of chance. */
export function uuidV7(clock: Clock, rng: Rng): string {
  const bytes = rng.bytes(16);
  const nowMs = Math.max(0, clock.now());
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs % 2 ** 32);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

export function formatUuid(bytes: Uint8Array): string {
  let hex = "";
  for (let i = 0; i < 16; i += 1) hex += (bytes[i] ?? 0).toString(16).padStart(2, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
