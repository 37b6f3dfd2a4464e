import { defineService } from "@kerbside/cloud-kit/service";
import { configRoutes } from "@kerbside/proto/routes/config";
import { auditTo } from "./audit.ts";
import { configHandlers } from "./handlers.ts";
import { PgHubs } from "./hubs.pg.ts";
import { PgMarkets } from "./markets.pg.ts";
import { PgMerchants } from "./merchants.pg.ts";
import { PgStores } from "./stores.pg.ts";

/** Markets with their prices, merchants, stores and hubs. Every write is in the audit log. */
export const config = defineService({
  name: "config",
  routes: configRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, outbox, clock }) => {
    const parts = { db, clock, audit: auditTo({ outbox, clock }) };
    const stores = {
      markets: new PgMarkets(parts),
      merchants: new PgMerchants(parts),
      stores: new PgStores(parts),
      hubs: new PgHubs(parts),
    };
    return { handlers: configHandlers(stores) };
  },
});
