import { join } from "node:path";
import { type Background, defineService, type ServiceContext } from "@kerbside/cloud-kit/service";
import { toInstant } from "@kerbside/proto/base/time";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { MqttLink } from "@kerbside/sync/uplink";
import { GatewayBroker } from "./broker.ts";
import { isUnheardOf, type KeptCommand, queuedCommands } from "./commands/commands.pg.ts";
import { Issuer } from "./commands/issue.pg.ts";
import { recordSent } from "./commands/lives.pg.ts";
import { CommandPublisher } from "./commands/publisher.ts";
import { runSweeper } from "./commands/sweeper.ts";
import { CommandWaiters } from "./commands/waiting.ts";
import { LinkWatch } from "./connectivity/link-watch.ts";
import { gatewayConsumers } from "./consumers.ts";
import { gatewayHandlers } from "./handlers.ts";
import { type Happenings, happeningsOf } from "./happenings.ts";
import { Ingest } from "./ingest/ingest.ts";
import { TimeSeal } from "./ingest/time-seal.ts";
import { openKeys } from "./keys/keys.node.ts";
import { type Signer, signerWith } from "./keys/signer.ts";
import { publishTrust } from "./keys/trust.pg.ts";
import { LatestWriter } from "./latest/latest-writer.ts";
import { runRetention } from "./retention.ts";
import { readSettings, type Settings } from "./settings.ts";
import { gatewayShapes } from "./shapes.ts";

/**
 * The one door between robots and the cloud: what they report is made durable here and acknowledged, what they must
 * know is written and signed here.
 */
export const robotGateway = defineService({
  name: "robot-gateway",
  routes: robotGatewayRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  shapes: gatewayShapes,
  async wire(context) {
    const { dataDir, rng, log, metrics, settings } = context;
    const { mqttUrl, ...account } = readSettings(settings["robot-gateway"]);
    const signer = signerWith(await openKeys(join(dataDir, "keys"), rng));
    const happenings = happeningsOf(log, metrics);
    const broker = new GatewayBroker(() => connect({ mqttUrl, ...account }, context, happenings));
    const parts: Parts = { context, signer, happenings, broker };
    await tellTrust(parts);
    const commands = wireCommands(parts);
    const uplink = wireUplink(parts, commands);
    const { issuer, publisher, waiters } = commands;
    return {
      handlers: gatewayHandlers({ ...context, issuer, publisher, waiters, onMoved: commands.onMoved }),
      consumers: gatewayConsumers({ ...context, signer, issuer, publisher }),
      ready: async () => (broker.isConnected ? null : `no connection to the MQTT broker at ${mqttUrl}`),
      background: [
        { name: "broker", run: (signal) => broker.run(signal) },
        ...uplink.background,
        ...commands.background,
        {
          name: "retention",
          run: (signal) => runRetention({ ...context, onProblem: onProblem(parts, "forgetting") }, signal),
        },
      ],
    };
  },
});

interface Parts {
  readonly context: ServiceContext;
  readonly signer: Signer;
  readonly happenings: Happenings;
  readonly broker: GatewayBroker;
}

interface CommandParts {
  readonly issuer: Issuer;
  readonly publisher: CommandPublisher;
  readonly waiters: CommandWaiters;
  /** To be told of lives that moved, after their commit. */
  readonly onMoved: (moved: readonly KeptCommand[]) => void;
  /** To be told when the broker, or one robot, can be reached again. */
  readonly offerQueued: (robotId?: string) => void;
  readonly background: readonly Background[];
}

/** Commands that are offered to the broker at once, when it or a robot comes back. */
const offeredMax = 500;

function wireCommands(parts: Parts): CommandParts {
  const { context, signer, broker, happenings } = parts;
  const { db, clock } = context;
  const waiters = new CommandWaiters(clock);
  const publisher = new CommandPublisher({
    clock,
    broker,
    isUnheard: (commandId) => isUnheardOf(db, commandId),
    recordSent: (commandIds) => db.transaction((tx) => recordSent(tx, commandIds, context)),
    onProblem: onProblem(parts, "publishing a command"),
  });
  const offerQueued = async (robotId?: string): Promise<void> => {
    const queued = await queuedCommands(db, { nowMs: clock.now(), max: offeredMax, robotId });
    for (const command of queued) void publisher.publish(command);
  };
  const offer = (robotId?: string): void => {
    offerQueued(robotId).catch(onProblem(parts, "offering commands"));
  };
  broker.onChange((isConnected) => isConnected && offer());
  const onMoved = (moved: readonly KeptCommand[]): void => {
    waiters.tell(moved);
    happenings.commandsMoved(moved);
  };
  const sweeping = { ...context, onMoved, onProblem: onProblem(parts, "ending commands") };
  return {
    issuer: new Issuer({ ...context, signer }),
    publisher,
    waiters,
    onMoved,
    offerQueued: offer,
    background: [{ name: "sweeper", run: (signal) => runSweeper(sweeping, signal) }],
  };
}

function wireUplink(
  parts: Parts,
  { waiters, onMoved, offerQueued }: CommandParts,
): { readonly background: readonly Background[] } {
  const { context, signer, broker, happenings } = parts;
  const timeSeal = new TimeSeal(context.clock, signer);
  const latestWriter = new LatestWriter({ ...context, onProblem: onProblem(parts, "writing latest rows") });
  const links = new LinkWatch({
    ...context,
    broker,
    onBack: offerQueued,
    onConnected: (robotId) => timeSeal.forget(robotId),
    onProblem: onProblem(parts, "following links"),
  });
  const ingest = new Ingest({
    ...context,
    broker,
    timeSeal,
    happenings,
    onArrived: ({ robotId, batch }) => waiters.hear(robotId, batch.entries),
    onCommitted(committed) {
      onMoved(committed.moved);
      latestWriter.offer(committed.sorted.newest);
      links.heard(committed);
    },
  });
  return {
    background: [
      { name: "ingest", run: (signal) => ingest.run(signal) },
      { name: "latest", run: (signal) => latestWriter.run(signal) },
      { name: "links", run: (signal) => links.run(signal) },
    ],
  };
}

function connect(settings: Settings, { clock, rng, newId }: ServiceContext, happenings: Happenings): MqttLink {
  const { mqttUrl: url, username, password } = settings;
  return new MqttLink({
    url,
    clientId: `robot-gateway-${newId()}`,
    credentials: async () => ({ username, password }),
    clock,
    rng,
    onProblem: (problem) => happenings.brokerProblem(problem),
  });
}

async function tellTrust({ context, signer, happenings }: Parts): Promise<void> {
  const { db, outbox, clock } = context;
  const trust = signer.trust();
  const isNew = await publishTrust(db, trust, { outbox, nowInstant: toInstant(clock.now()) });
  if (isNew) happenings.keysPublished(trust.signing_keys.map(({ key_id }) => key_id));
}

function onProblem({ happenings }: Parts, work: string): (problem: unknown) => void {
  return (problem) => happenings.backgroundProblem(work, problem);
}
