const bytesMax = 1_024 * 1_024;

/** A request's body as text; null when it is too large, and the rest is not read then. */
export async function readBody(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string | null> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > bytesMax) return null;
    read.push(piece);
  }
  return Buffer.concat(read).toString();
}
