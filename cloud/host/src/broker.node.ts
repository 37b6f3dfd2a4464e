import type { Gate } from "@kerbside/cloud-kit/http/gate";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { MqttLink } from "@kerbside/sync/uplink";
import type { Logger } from "pino";
import { reasonOf } from "./reason.ts";
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
  readonly rng: Rng;
  readonly log: Logger;
  readonly tell: (words: string) => void;
}

const answerMaxMs = 10_000;

export async function openBroker(options: BrokerAccessOptions): Promise<BrokerAccess> {
  if (options.url !== null) return openExternal(options.url, options);
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

/** A broker that is not there yet is waited for by who uses it; one that refuses our account will not change its mind. */
async function openExternal(text: string, options: BrokerAccessOptions): Promise<BrokerAccess> {
  const account = accountOf(text);
  const problem = await problemOf(account, options);
  if (isRefusal(problem)) throw new Error(refusalText(account, problem));
  if (problem) options.tell(`MQTT_URL: no connection to ${account.mqttUrl} (${reasonOf(problem)}), trying again`);
  return { account, part: null, [Symbol.asyncDispose]: nothing };
}

/** What is wrong with a broker elsewhere, in words; null where it takes our account. */
export async function brokerProblem(
  url: string,
  parts: Pick<BrokerAccessOptions, "clock" | "rng">,
): Promise<string | null> {
  const account = accountOf(url);
  const problem = await problemOf(account, parts);
  if (isRefusal(problem)) return refusalText(account, problem);
  return problem && `no connection (${reasonOf(problem)}): start it, or correct MQTT_URL`;
}

function refusalText({ mqttUrl, username }: BrokerAccess["account"], { message }: Error): string {
  return `MQTT_URL: ${mqttUrl} refuses the user ${username}: ${message}`;
}

/** Connects once and leaves again; null where that went well. */
async function problemOf(
  { mqttUrl: url, username, password }: BrokerAccess["account"],
  { clock, rng }: Pick<BrokerAccessOptions, "clock" | "rng">,
): Promise<Error | null> {
  const outcome = Promise.withResolvers<Error | null>();
  const over = new AbortController();
  const silence = new Error(`it said nothing within ${answerMaxMs / 1_000} s`);
  clock.sleep(answerMaxMs, over.signal).then(
    () => outcome.resolve(silence),
    () => undefined,
  );
  const clientId = `${serviceAccount}-at-start`;
  const credentials = async () => ({ username, password });
  await using link = new MqttLink({ url, clientId, credentials, clock, rng, onProblem: outcome.resolve });
  link.onChange((isConnected) => isConnected && outcome.resolve(null));
  try {
    return await outcome.promise;
  } finally {
    over.abort();
  }
}

/** What a CONNACK says of name and password: 4 and 5 in MQTT 3.1.1 (3.2.2.3), 134 and 135 in MQTT 5 (3.2.2.2). */
function isRefusal(problem: Error | null): problem is Error {
  return problem !== null && "code" in problem && [4, 5, 134, 135].some((code) => code === problem.code);
}

/** `mqtt://user:password@host` names the account too. */
function accountOf(text: string): BrokerAccess["account"] {
  const url = new URL(text);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  return { mqttUrl: url.href.replace(/\/$/, ""), username, password };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
