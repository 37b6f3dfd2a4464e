import { err, ok, type Result } from "@kerbside/proto/base/result";
import { isLoopback, isPublic } from "./public-address.ts";

/** What an installation lets webhooks reach. */
export interface Reach {
  /** Plain http and https to this very machine, for a demo and for tests. */
  readonly loopback: boolean;
}

/** Judges what the address says of itself; the error says why it cannot be told anything, in words. Where it leads is judged when it was resolved. */
export function parseTarget(text: string, reach: Reach): Result<URL> {
  const url = URL.parse(text);
  if (!url) return err("it is not a URL");
  if (url.username !== "" || url.password !== "") return err("it carries a name or a password");
  if (url.protocol === "https:") return ok(url);
  if (url.protocol === "http:" && reach.loopback) return ok(url);
  return err("it is not https");
}

/**
 * The addresses that may be connected to, of all that a name stands for. One that is not public refuses the whole name:
 * whoever answers with a mixture wants us to pick the wrong one.
 */
export function judgeAddresses(url: URL, addresses: readonly string[], reach: Reach): Result<readonly string[]> {
  if (addresses.length === 0) return err(`${url.hostname} stands for no address`);
  const wrong = addresses.find((address) => !isAllowed(url, address, reach));
  return wrong === undefined ? ok(addresses) : err(`${url.hostname} leads to ${wrong}, which is not a public address`);
}

function isAllowed(url: URL, address: string, reach: Reach): boolean {
  if (reach.loopback && isLoopback(address)) return true;
  return url.protocol === "https:" && isPublic(address);
}
