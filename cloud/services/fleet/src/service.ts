import { defineService } from "@kerbside/cloud-kit/service";
import { fleetRoutes } from "@kerbside/proto/routes/fleet";
import { fleetConsumers } from "./consumers.ts";
import { fleetHandlers } from "./handlers.ts";

/** The roster, and which robots dispatch may use. */
export const fleet = defineService({
  name: "fleet",
  routes: fleetRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, outbox, clock }) => ({
    handlers: fleetHandlers({ db }),
    consumers: fleetConsumers({ outbox, clock }),
  }),
});
