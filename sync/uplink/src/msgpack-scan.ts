/** What stops a scan: the bytes are not one plain msgpack value within the limits. */
export type ScanFault = "truncated" | "trailing_bytes" | "too_deep" | "forbidden_type";

/**
 * Walks msgpack without building anything, so that a claimed length of four billion or a depth of ten thousand costs
 * nothing. Extension types and the reserved byte are refused: we never send them, and decoders make code objects of some.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function scanMsgpack(bytes: Uint8Array, depthMax: number): ScanFault | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Values still due at each level; its length is the depth. */
  const due: number[] = [1];
  let at = 0;
  while (due.length > 0) {
    const level = due.length - 1;
    const left = due[level] ?? 0;
    if (left === 0) {
      due.pop();
      continue;
    }
    due[level] = left - 1;
    if (at >= bytes.length) return "truncated";
    const size = sizeAt(view, at);
    if (size === "truncated" || size === "forbidden_type") return size;
    at += size.bytes;
    if (at > bytes.length || size.children > bytes.length - at) return "truncated";
    if (size.isContainer) due.push(size.children);
    if (due.length > depthMax) return "too_deep";
  }
  return at === bytes.length ? null : "trailing_bytes";
}

interface Size {
  /** Header and, for scalars, content. */
  readonly bytes: number;
  readonly children: number;
  readonly isContainer: boolean;
}

function sizeAt(view: DataView, at: number): Size | (ScanFault & ("truncated" | "forbidden_type")) {
  const tag = view.getUint8(at);
  if (tag <= 0x7f || tag >= 0xe0) return scalar(1);
  if (tag <= 0x8f) return container(1, (tag & 0x0f) * 2);
  if (tag <= 0x9f) return container(1, tag & 0x0f);
  if (tag <= 0xbf) return scalar(1 + (tag & 0x1f));
  const fixed = fixedBytes[tag];
  if (fixed !== undefined) return scalar(fixed);
  const lengthBytes = lengthPrefixed[tag];
  if (lengthBytes === undefined) return "forbidden_type";
  if (at + 1 + lengthBytes > view.byteLength) return "truncated";
  const length =
    lengthBytes === 1 ? view.getUint8(at + 1) : lengthBytes === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
  if (tag >= 0xdc && tag <= 0xdf) return container(1 + lengthBytes, tag >= 0xde ? length * 2 : length);
  return scalar(1 + lengthBytes + length);
}

/** nil, false, true, float32, float64, uint8–64, int8–64. */
const fixedBytes: Readonly<Record<number, number>> = {
  192: 1,
  194: 1,
  195: 1,
  202: 5,
  203: 9,
  204: 2,
  205: 3,
  206: 5,
  207: 9,
  208: 2,
  209: 3,
  210: 5,
  211: 9,
};

/** bin8–32, str8–32, array16–32, map16–32: bytes of the length that follows the tag. */
const lengthPrefixed: Readonly<Record<number, 1 | 2 | 4>> = {
  196: 1,
  197: 2,
  198: 4,
  217: 1,
  218: 2,
  219: 4,
  220: 2,
  221: 4,
  222: 2,
  223: 4,
};

function scalar(bytes: number): Size {
  return { bytes, children: 0, isContainer: false };
}

function container(bytes: number, children: number): Size {
  return { bytes, children, isContainer: true };
}
