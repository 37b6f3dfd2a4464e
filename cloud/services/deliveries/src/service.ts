import { type Authenticator, defineService, type ServiceContext } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { Assigner } from "./assignment.pg.ts";
import { Cancelling } from "./cancelling.pg.ts";
import { Conditions } from "./conditions.pg.ts";
import { deliveryConsumers } from "./consumers.ts";
import { FactTaker } from "./facts.pg.ts";
import { Following } from "./following.pg.ts";
import { deliveryHandlers } from "./handlers.ts";
import { Happenings } from "./happenings.ts";
import { ScryptHasher } from "./hasher.node.ts";
import { Incidents } from "./incidents.pg.ts";
import { Links } from "./links.pg.ts";
import { Offers } from "./offers.ts";
import { Recorder } from "./record.pg.ts";
import { Rehearsal } from "./rehearsal.pg.ts";
import { readSettings, type Settings, watchLimitsOf } from "./settings.ts";
import { deliveryShapes } from "./shapes.ts";
import { bearerToken } from "./tracking-link.ts";
import { Unlocking } from "./unlocking.pg.ts";
import { loadSecret, NodeVault } from "./vault.node.ts";
import { Watchdog } from "./watchdog.pg.ts";

/** The promise to carry an order from pickup to drop-off: quotes, deliveries, attempts, codes and the customer's links. */
export const deliveries = defineService({
  name: "deliveries",
  routes: deliveryRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  shapes: deliveryShapes,
  async wire(context) {
    const settings = readSettings(context.settings["deliveries"]);
    const vault = new NodeVault(await loadSecret(context.dataDir));
    const parts = wireParts(context, settings, vault);
    return {
      handlers: deliveryHandlers(parts),
      consumers: deliveryConsumers(parts),
      authenticators: [customerAuthenticator(parts)],
      background: [parts.watchdog.background(), parts.rehearsal.background()],
    };
  },
});

function wireParts(context: ServiceContext, settings: Settings, vault: NodeVault) {
  const { db, outbox, clock, rng, newId, publicUrl } = context;
  const happenings = new Happenings(context);
  const life = { openMs: settings.link_open_ms, endedMs: settings.link_ended_ms };
  const links = new Links({ clock, outbox, vault, life, publicUrl });
  const recorder = new Recorder({ outbox, clock, linkLife: life, happenings });
  const incidents = new Incidents({ clock, newId, happenings });
  const { load_code_ms: loadMs, unload_code_ms: unloadMs, return_code_ms: returnMs } = settings;
  const codeLives = { loadMs, unloadMs, returnMs };
  const assigner = new Assigner({
    rng,
    newId,
    vault,
    recorder,
    codeLives,
    hasher: new ScryptHasher(settings.pin_cost),
  });
  const core = { db, outbox, clock, newId, vault, happenings, links, recorder, incidents, assigner };
  return {
    ...core,
    conditions: new Conditions(),
    following: new Following(core),
    cancelling: new Cancelling(core),
    rehearsal: new Rehearsal(core),
    unlocking: new Unlocking(core),
    facts: new FactTaker({ ...core, pickupTriesMax: settings.pickup_tries_max }),
    offers: new Offers({
      config: context.client("config", configRoutes),
      dispatch: context.client("dispatch", dispatchRoutes),
      clock,
    }),
    watchdog: new Watchdog({
      ...core,
      limits: watchLimitsOf(settings),
      everyMs: settings.watch_every_ms,
      boardMs: settings.board_ms,
    }),
    quoteLifeMs: settings.quote_life_ms,
    deadlineRoomMs: settings.deadline_room_ms,
  };
}

/** The same refusal for a link that was guessed, has run out or was revoked. */
function customerAuthenticator({
  db,
  links,
  happenings,
}: Pick<ReturnType<typeof wireParts>, "db" | "links" | "happenings">): Authenticator {
  return {
    name: "customer",
    async authenticate(request) {
      const token = bearerToken(request.headers.get("authorization"));
      if (token === null) return null;
      const customer = await links.holder(db, token);
      if (customer) return customer;
      happenings.linkRefused();
      throw new Fault("customer_link_refused");
    },
  };
}
