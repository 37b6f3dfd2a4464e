import { type AddressInfo, createServer } from "node:net";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { type LastWill, type Link, MqttLink } from "@kerbside/sync/uplink";
import { Aedes } from "aedes";
import type { StartedGateway } from "./robot.harness.ts";
import { robotGateway } from "./service.ts";

/** For tests that need no broker: nothing connects before the background work is run. */
export const unconnected = {
  "robot-gateway": { mqttUrl: "mqtt://127.0.0.1:1", username: "gateway", password: "secret" },
};

export interface RunningGateway extends AsyncDisposable {
  readonly started: StartedGateway;
  readonly broker: Aedes;
  /** A connection of somebody else, such as a robot. */
  connect(clientId: string, will?: () => LastWill): Link;
  /** Ends the background work as a shutdown does; what was taken is committed first. */
  stop(): Promise<void>;
}

/** The whole service with its background work, on a real broker. */
export async function runGateway(postgresUrl: string, clock: Clock = systemClock): Promise<RunningGateway> {
  await using undo = new AsyncDisposableStack();
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => void broker.handle(socket.setNoDelay(true)));
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  undo.defer(() => new Promise<void>((resolve) => broker.close(() => server.close(() => resolve()))));
  const mqttUrl = `mqtt://127.0.0.1:${portOf(server.address())}`;
  const settings = { "robot-gateway": { mqttUrl, username: "gateway", password: "secret" } };
  const started = undo.use(await startForTest(robotGateway, { postgresUrl, settings, clock }));
  const stop = new AbortController();
  const running = Promise.all((started.wired.background ?? []).map(({ run }) => run(stop.signal)));
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  undo.defer(end);
  const links: Link[] = [];
  undo.defer(async () => {
    for (const link of links) await link[Symbol.asyncDispose]();
  });
  await untilReady(started);
  const owned = undo.move();
  return {
    started,
    broker,
    connect(clientId, will) {
      const link = new MqttLink({ url: mqttUrl, clientId, ...(will && { will }), clock: systemClock, rng: systemRng });
      links.push(link);
      return link;
    },
    stop: end,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function untilReady(started: StartedGateway): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    if ((await started.wired.ready?.()) === null) return;
    await systemClock.sleep(5);
  }
  throw new Error("the gateway did not reach its broker within 5 s");
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== "object" || !address) throw new Error("the broker has no port");
  return address.port;
}
