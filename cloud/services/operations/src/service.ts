import { defineService } from "@kerbside/cloud-kit/service";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { operationsConsumers } from "./consumers.ts";
import { operationsHandlers } from "./handlers.ts";

/** Trips, and what robots are told to do. */
export const operations = defineService({
  name: "operations",
  routes: operationsRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, outbox, clock, newId, log }) => ({
    handlers: operationsHandlers({ db }),
    consumers: operationsConsumers({ outbox, clock, newId, log }),
  }),
});
