import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { Refusal } from "./post.ts";
import { isLoopback, isPublic } from "./public-address.ts";

/** What an installation lets webhooks reach. */
export interface Reach {
  /** Plain http and https to this very machine, for a demo and for tests. */
  readonly loopback: boolean;
}

/** Judges what the address says of itself. Where it leads is judged when it was resolved. */
export function parseTarget(text: string, reach: Reach): Result<URL, Refusal> {
  const url = URL.parse(text);
  if (!url) return err("not_a_url");
  if (url.username !== "" || url.password !== "") return err("carries_a_password");
  if (url.protocol === "https:") return ok(url);
  if (url.protocol === "http:" && reach.loopback) return ok(url);
  return err("not_https");
}

/**
 * The addresses that may be connected to, of all that a name stands for. One that is not public refuses the whole name:
 * whoever answers with a mixture wants us to pick the wrong one.
 */
export function judgeAddresses(
  url: URL,
  addresses: readonly string[],
  reach: Reach,
): Result<readonly string[], Refusal> {
  if (addresses.length === 0) return err("host_not_found");
  if (reach.loopback && addresses.every(isLoopback)) return ok(addresses);
  if (url.protocol !== "https:") return err("not_https");
  const isAllowed = (address: string): boolean => isPublic(address) || (reach.loopback && isLoopback(address));
  return addresses.every(isAllowed) ? ok(addresses) : err("not_public");
}
