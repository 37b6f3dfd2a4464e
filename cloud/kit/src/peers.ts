import type { Client, Transport } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Routes } from "@kerbside/proto/base/endpoint";
import { asCaller } from "./http/identity.ts";

/** A call between services is given up after this long. */
export const peerDeadlineMs = 2_000;

/** Something that answers requests in this process, as a Hono app does. */
export interface InMemoryApp {
  fetch(request: Request, env: object): Response | Promise<Response>;
}

/** Calls a service in the same process, as `caller`, without a socket or a token. */
export function inMemoryTransport(app: InMemoryApp, caller: string): Transport {
  const env = asCaller({ principal: { kind: "service", id: caller, organizationId: null } });
  return async (request) => app.fetch(request, env);
}

/** A typed client whose every call ends within the deadline, as `unavailable` when nobody answered. */
export function peerClient<R extends Routes>(
  routes: R,
  { transport, clock, baseUrl = "http://peer" }: { transport: Transport; clock: Clock; baseUrl?: string },
): Client<R> {
  return createClient(routes, { baseUrl, transport: withDeadline(transport, clock) });
}

function withDeadline(transport: Transport, clock: Clock): Transport {
  return async (request) => {
    const over = new AbortController();
    const late = clock.sleep(peerDeadlineMs, over.signal).then(() => {
      const { pathname } = new URL(request.url);
      throw new Error(`${request.method} ${pathname}: no answer within ${peerDeadlineMs} ms`);
    });
    try {
      return await Promise.race([transport(request), late]);
    } finally {
      late.catch(() => undefined);
      over.abort();
    }
  };
}
