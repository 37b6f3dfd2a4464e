import { inMemoryTransport, type InMemoryApp, peerClient } from "@kerbside/cloud-kit/peers";
import type { ServiceContext } from "@kerbside/cloud-kit/service";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import type { Transport } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";

export interface PeersOptions {
  readonly app: InMemoryApp;
  /** The services in this process. */
  readonly here: readonly string[];
  /** Where the others are. */
  readonly serviceUrls: Readonly<Record<string, string>>;
  readonly secret: Uint8Array;
  readonly clock: Clock;
}

/** How services reach each other: in memory, or over HTTP with a token where a service runs elsewhere. */
export class Peers {
  readonly #options: PeersOptions;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** The clients of one caller. Services that are not wired yet may be named; they are looked for at the call. */
  of(caller: string): ServiceContext["client"] {
    const { clock, serviceUrls } = this.#options;
    return (service, routes) => {
      const baseUrl = serviceUrls[service];
      const transport = this.#transport(service, caller);
      return peerClient(routes, { transport, clock, ...(baseUrl ? { baseUrl } : {}) });
    };
  }

  #transport(service: string, caller: string): Transport {
    const { app, here, serviceUrls, secret, clock } = this.#options;
    if (here.includes(service)) return inMemoryTransport(app, caller);
    if (!serviceUrls[service]) {
      return () => Promise.reject(new Error(`${service} does not run here and SERVICE_URLS does not say where it is`));
    }
    return async (request) => {
      request.headers.set("authorization", `Bearer ${await signServiceToken(caller, { secret, clock })}`);
      return fetch(request);
    };
  }
}
