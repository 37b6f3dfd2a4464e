import { createHash } from "node:crypto";
import { formatUuid } from "./ids.ts";

/** Our own namespace for name-based ids; changing it would rename every event of every robot. */
const namespace = Buffer.from("6f1d2b7c9a3e4f508d5b1c2e3f4a5b6c", "hex");

/** UUIDv5 (RFC 9562, 5.5): the same parts give the same id on the robot, in the cloud and in a test. */
export function derivedId(...parts: readonly (string | number)[]): string {
  const bytes = createHash("sha1").update(namespace).update(parts.join("\u0000")).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}
