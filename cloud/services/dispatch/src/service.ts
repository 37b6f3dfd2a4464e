import { defineService } from "@kerbside/cloud-kit/service";
import { configRoutes } from "@kerbside/proto/routes/config";
import { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { mapsRoutes } from "@kerbside/proto/routes/maps";
import { dispatchConsumers } from "./consumers.ts";
import { Happenings } from "./happenings.ts";
import { dispatchHandlers } from "./handlers.ts";
import { Rounds } from "./rounds.ts";
import { readRules } from "./settings.ts";
import { Solver } from "./solver.ts";
import { PgPicture, PgSolverStore } from "./store.pg.ts";
import { ClientTowns } from "./towns.client.ts";
import { ClientWays } from "./ways.client.ts";

/** Who carries what: supply and demand, matching, plans and promises of arrival. */
export const dispatch = defineService({
  name: "dispatch",
  routes: dispatchRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, outbox, clock, newId, log, metrics, client, settings }) => {
    const rules = readRules(settings["dispatch"]);
    const happenings = new Happenings({ log, metrics });
    const ways = new ClientWays(client("maps", mapsRoutes));
    const towns = new ClientTowns(client("config", configRoutes), clock);
    const store = new PgSolverStore({ db, outbox, holder: newId() });
    const solver = new Solver({ store, ways, towns, rules, clock, newId, happenings });
    const rounds = new Rounds({
      work: {
        hold: () => store.hold(),
        letGo: () => store.letGo(),
        takeChanges: () => store.takeChanges(),
        solve: () => solver.solve(),
      },
      clock,
      happenings,
    });
    return {
      handlers: dispatchHandlers({ picture: new PgPicture(db), ways, towns, rules, clock }),
      consumers: dispatchConsumers({ clock, wake: () => rounds.wake() }),
      background: [{ name: "solve", run: (signal) => rounds.run(signal) }],
    };
  },
});
