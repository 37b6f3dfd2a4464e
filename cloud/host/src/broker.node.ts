import type { Gate } from "@kerbside/cloud-kit/http/gate";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Logger } from "pino";
import { serviceAccount, startBroker } from "./embedded/broker.aedes.ts";
import type { Part } from "./web/health.ts";

/** How our services reach the broker, whichever it is. */
export interface BrokerAccess extends AsyncDisposable {
  readonly account: { readonly mqttUrl: string; readonly username: string; readonly password: string };
  /** Null for a broker elsewhere: who uses it says whether it is there. */
  readonly part: Part | null;
}

export interface BrokerAccessOptions {
  /** Null: the embedded one. */
  readonly url: string | null;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Logger;
}

export async function openBroker(options: BrokerAccessOptions): Promise<BrokerAccess> {
  if (options.url !== null) return { account: accountOf(options.url), part: null, [Symbol.asyncDispose]: nothing };
  const broker = await startBroker({
    host: options.host,
    port: options.port,
    authenticate: (request) => options.gate.authenticate(request),
    isRevoked: (principal) => options.gate.isRevoked(principal),
    serviceSecret: options.secret,
    clock: options.clock,
    log: options.log,
  });
  return {
    account: { mqttUrl: broker.url, username: serviceAccount, password: options.secret },
    part: { name: "broker", ready: () => null },
    [Symbol.asyncDispose]: () => Promise.resolve(broker[Symbol.asyncDispose]()),
  };
}

/** `mqtt://user:password@host` names the account too. */
function accountOf(text: string): BrokerAccess["account"] {
  const url = new URL(text);
  const username = decodeURIComponent(url.username) || serviceAccount;
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  return { mqttUrl: url.href.replace(/\/$/, ""), username, password };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
