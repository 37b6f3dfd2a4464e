/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): removes every zero from a message, so that a zero can
 * only mean its end, and a receiver finds its feet at the next one whatever it heard before.
 */
export function cobsEncode(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(message.length + Math.ceil((message.length + 1) / 254) + 1);
  let codeAt = 0;
  let at = 1;
  for (const byte of message) {
    if (byte !== 0) {
      out[at] = byte;
      at += 1;
    }
    if (byte === 0 || at - codeAt === 0xff) {
      out[codeAt] = at - codeAt;
      codeAt = at;
      at += 1;
    }
  }
  out[codeAt] = at - codeAt;
  return out.subarray(0, at);
}

/** The message again, or null when these bytes (without the closing zero) were never encoded. */
export function cobsDecode(bytes: Uint8Array): Uint8Array | null {
  const out = new Uint8Array(bytes.length);
  let size = 0;
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at] ?? 0;
    const end = at + code;
    if (code === 0 || end > bytes.length) return null;
    for (at += 1; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === 0) return null;
      out[size] = byte;
      size += 1;
    }
    if (code < 0xff && at < bytes.length) size += 1;
  }
  return out.subarray(0, size);
}
