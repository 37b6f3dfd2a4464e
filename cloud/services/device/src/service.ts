import { consumer, defineService } from "@kerbside/cloud-kit/service";
import { trustPublished } from "@kerbside/proto/events/robots";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { PgAssertions } from "./assertions.pg.ts";
import { robotAuthenticator } from "./authenticator.ts";
import { PgDevices } from "./devices.pg.ts";
import { deviceHandlers } from "./handlers.ts";
import { happeningsOf } from "./happenings.ts";
import { openTokenKey } from "./token-key.node.ts";
import { RobotTokens } from "./tokens.ts";
import { hearTrust, knownTrust } from "./trust.pg.ts";

/** Who the robots are: claim codes, enrolled keys, short-lived tokens and their end. */
export const device = defineService({
  name: "device",
  routes: deviceRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: async ({ db, outbox, clock, rng, client, dataDir, log, metrics }) => {
    const devices = new PgDevices({ db, outbox, clock });
    const tokens = new RobotTokens({ key: await openTokenKey(dataDir), clock });
    const handlers = deviceHandlers({
      devices,
      tokens,
      assertions: new PgAssertions({ db, clock }),
      trust: () => knownTrust(db),
      config: client("config", configRoutes),
      clock,
      rng,
      happenings: happeningsOf(log, metrics),
    });
    return {
      handlers,
      authenticators: [robotAuthenticator({ tokens, devices })],
      consumers: [consumer(trustPublished, (event, tx) => hearTrust(tx, event))],
    };
  },
});
