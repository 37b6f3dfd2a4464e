import { defineService } from "@kerbside/cloud-kit/service";
import { stateRoutes } from "@kerbside/proto/routes/state";
import { stateConsumers } from "./consumers.ts";
import { stateHandlers } from "./handlers.ts";

/** Every state a robot was in, who asked for which, its lid cycles, and who held the goods. */
export const state = defineService({
  name: "state",
  routes: stateRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, outbox, clock, newId, log }) => ({
    handlers: stateHandlers({ db, outbox, clock, newId }),
    consumers: stateConsumers({ outbox, clock, newId, log }),
  }),
});
