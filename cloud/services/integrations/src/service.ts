import { defineService } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { integrationsConsumers } from "./consumers.ts";
import { Happenings } from "./happenings.ts";
import { parseSettings } from "./settings.ts";
import { UberFacade } from "./uber/facade.ts";
import { mountUber } from "./uber/web.ts";
import { Couriers } from "./webhooks/couriers.pg.ts";
import { PgEndpoints } from "./webhooks/endpoints.pg.ts";
import { webhookHandlers } from "./webhooks/handlers.ts";
import { AccountsPartners } from "./webhooks/partners.ts";
import { HttpPost } from "./webhooks/post.http.ts";
import { PgQueue } from "./webhooks/queue.pg.ts";
import { Sender } from "./webhooks/sender.ts";

/** How partners order in the words they know, and how they are told what became of it. */
export const integrations = defineService({
  name: "integrations",
  routes: integrationsRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: (context) => {
    const { db, outbox, clock, rng, newId, client } = context;
    const { webhooksToLoopback } = parseSettings(context.settings["integrations"]);
    const happenings = new Happenings(context);
    const post = new HttpPost({ loopback: webhooksToLoopback });
    const deliveries = client("deliveries", deliveryRoutes);
    const facade = new UberFacade({ db, clock, newId, deliveries, config: client("config", configRoutes) });
    const accounts = client("accounts", accountsRoutes);
    const endpoints = new PgEndpoints({ db, outbox, clock });
    const sender = new Sender({ queue: new PgQueue({ db, outbox }), post, clock, rng, happenings });
    const couriers = new Couriers({ db, clock, newId, happenings });
    return {
      handlers: {
        ...webhookHandlers({ db, endpoints, clock, rng, newId, post, partners: new AccountsPartners(accounts) }),
        getPartner: async ({ principal }) => partnerView(asking(principal)),
      },
      consumers: integrationsConsumers({ clock, newId }),
      background: [
        { name: "webhooks", run: (signal) => sender.run(signal) },
        { name: "couriers", run: (signal) => couriers.run(signal) },
      ],
      web: (app) => mountUber(app, { facade, happenings, newId, accounts }),
    };
  },
});

function partnerView(by: Principal) {
  if (by.kind !== "partner") throw new Fault("forbidden");
  return { partner_id: by.id, organization_id: by.organizationId, scopes: [...by.scopes], live: by.live };
}
