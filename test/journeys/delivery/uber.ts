import type { PartnerLogin } from "@kerbside/sim/seed/city-file.node";
import { getAccessToken } from "uber-direct/auth";
import { createDeliveriesClient, type DeliveriesClient } from "uber-direct/deliveries";
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";

/** Uber's own client, unmodified: it signs in as the partner, and what it sends to its fixed hosts comes to ours. */
export async function uberClient(
  { url, partner }: { readonly url: string; readonly partner: PartnerLogin },
  stack: AsyncDisposableStack,
): Promise<DeliveriesClient> {
  const before = getGlobalDispatcher();
  stack.defer(() => setGlobalDispatcher(before));
  const hosts = new Set(["https://api.uber.com", "https://login.uber.com"]);
  const redirecting = new Agent().compose((dispatch) => (options, handler) => {
    const isUber = hosts.has(String(options.origin));
    return dispatch(isUber ? { ...options, origin: url } : options, handler);
  });
  setGlobalDispatcher(redirecting);
  process.env["UBER_DIRECT_CLIENT_ID"] = partner.clientId;
  process.env["UBER_DIRECT_CLIENT_SECRET"] = partner.clientSecret;
  return createDeliveriesClient(await getAccessToken(), partner.partnerId);
}
