import { timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:net";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Principal } from "@kerbside/proto/base/roles";
import { Aedes, type Client } from "aedes";
import type { Logger } from "pino";
import { listenNear, reachable } from "../ports.node.ts";
import { PacketLengths } from "./packet-lengths.ts";
import { type BrokerIdentity, mayPublish, maySubscribe } from "./topic-rights.ts";

/** The user name of our own services. Their client ids must not look like a robot's, so that none takes a robot's place. */
export const serviceAccount = "kerbside-service";
const robotIdForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const messageBytesMax = 4 * 1_024 * 1_024;
/** A token, a will and a name; and a message with its topic. */
const packetLimits = { firstBytesMax: 65_536, bytesMax: messageBytesMax + 65_536 };
const recheckMs = 20_000;

export interface BrokerOptions {
  readonly host: string;
  /** Where to listen; the next free port if it is taken. 0: any. */
  readonly port: number;
  /** The same chain that HTTP uses: the MQTT password as a bearer token. Rejects or answers null to refuse. */
  readonly authenticate: (request: Request) => Promise<Principal | null>;
  /** Whether a connected robot's credential was revoked since. */
  readonly isRevoked: (principal: Principal) => Promise<boolean>;
  readonly serviceSecret: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** How many robots are connected. */
  readonly robots: number;
  /** Closes every robot whose credential was revoked; happens by itself every 20 s. */
  closeRevoked(): Promise<void>;
}

interface Connected {
  readonly identity: BrokerIdentity;
  readonly principal: Principal | null;
}

/** The MQTT broker in this process. Speaks MQTT 3.1.1 and forgets everything when it stops. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const sessions = new Map<Client, Connected>();
  const aedes = await Aedes.createBroker({ id: "kerbside", heartbeatInterval: 60_000 });
  const authenticate: Authenticate = async (client, credentials, done) => {
    const connected = await identify(client, { ...credentials, options }).catch(() => null);
    if (connected) sessions.set(client, connected);
    // Without an error of ours the client is told “not authorised” (MQTT 3.1.1, 3.2.2.3: 5).
    done(null, connected !== null);
  };
  aedes.authenticate = (client, username, password, done) => void authenticate(client, { username, password }, done);
  aedes.authorizePublish = (client, packet, done) => {
    const session = client && sessions.get(client);
    const allowed = !client || (session && mayPublish(session.identity, packet.topic));
    if (!allowed) done(new Error(`${client?.id} may not publish on ${packet.topic}`));
    else if (packet.payload.length > messageBytesMax) done(new Error(`a message of ${packet.payload.length} bytes`));
    else done();
  };
  aedes.authorizeSubscribe = (client, subscription, done) => {
    const session = sessions.get(client);
    done(null, session && maySubscribe(session.identity, subscription.topic) ? subscription : null);
  };
  aedes.on("clientDisconnect", (client) => sessions.delete(client));
  for (const trouble of ["clientError", "connectionError"] as const) {
    aedes.on(trouble, (client, error) => options.log.debug({ client: client.id, err: error }, "mqtt client refused"));
  }
  // Nagle's algorithm costs 44–88 ms a round trip.
  const server = createServer({ noDelay: true }, (socket) => {
    const lengths = new PacketLengths(packetLimits);
    // Heard as aedes reads, before it parses.
    socket.on("data", (bytes) => {
      if (lengths.exceed(bytes)) socket.destroy();
    });
    aedes.handle(socket);
  });
  const port = await listenNear(server, options);
  const over = new AbortController();
  const checking = closeRevokedUntil(over.signal, { sessions, options });
  return {
    url: `mqtt://${reachable(options.host)}:${port}`,
    port,
    get robots() {
      return [...sessions.values()].filter(({ identity }) => identity.kind === "robot").length;
    },
    closeRevoked: () => closeRevoked(sessions, options),
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await checking;
      await stop(aedes, server);
    },
  };
}

type Authenticate = (
  client: Client,
  credentials: Omit<Credentials, "options">,
  done: (error: null, success: boolean) => void,
) => Promise<void>;

interface Credentials {
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly options: BrokerOptions;
}

async function identify(client: Client, { username, password, options }: Credentials): Promise<Connected | null> {
  if (username === serviceAccount) {
    const allowed = isSecret(password, options.serviceSecret) && !robotIdForm.test(client.id);
    return allowed ? { identity: { kind: "service" }, principal: null } : null;
  }
  const headers = { authorization: `Bearer ${password?.toString("latin1") ?? ""}` };
  const principal = await options.authenticate(new Request("http://broker/", { headers }));
  if (principal?.kind !== "robot" || principal.id !== client.id) return null;
  return { identity: { kind: "robot", robotId: principal.id }, principal };
}

function isSecret(given: Buffer | undefined, secret: string): boolean {
  const wanted = Buffer.from(secret);
  return given !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function closeRevoked(
  sessions: ReadonlyMap<Client, Connected>,
  { isRevoked, log }: BrokerOptions,
): Promise<void> {
  for (const [client, { principal }] of sessions) {
    if (!principal || !(await isRevoked(principal))) continue;
    log.warn({ robot_id: principal.id }, "a revoked robot's connection was closed");
    client.close();
  }
}

async function closeRevokedUntil(
  signal: AbortSignal,
  { sessions, options }: { sessions: ReadonlyMap<Client, Connected>; options: BrokerOptions },
): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(recheckMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    await closeRevoked(sessions, options).catch((error: unknown) =>
      options.log.warn({ err: error }, "revoked robots could not be looked for"),
    );
  }
}

async function stop(aedes: Aedes, server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  await new Promise<void>((resolve) => aedes.close(resolve));
  await closed;
}
