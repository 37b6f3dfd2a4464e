import { formatUuid } from "@kerbside/proto/base/ids";

/** What Uber's clients know things by. */
const prefixes = { delivery: "del_", quote: "dqt_", return: "ret_", event: "evt_" } as const;
export type Named = keyof typeof prefixes;

/** `del_` and the 16 bytes of our own id in base64url, as Uber does; nothing is stored to find the way back. */
export function toUberId(named: Named, id: string): string {
  return prefixes[named] + Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

/** Our own id; null for what `toUberId` did not make. */
export function fromUberId(named: Named, text: string): string | null {
  const prefix = prefixes[named];
  const token = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[\w-]{22}$/.test(token)) return null;
  const bytes = Buffer.from(token, "base64url");
  // The last two characters of another token may hold bits that no byte has.
  return bytes.length === 16 && bytes.toString("base64url") === token ? formatUuid(bytes) : null;
}
