import type { Handlers } from "@kerbside/cloud-kit/service";
import type { Principal } from "@kerbside/proto/base/roles";
import { asking, found } from "@kerbside/proto/base/refuse";
import { sees } from "@kerbside/proto/base/tenancy";
import type { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { candidatesFor, planView } from "./explaining.ts";
import type { PlanState } from "./plan.ts";
import { estimate, type QuotingParts } from "./quoting.ts";
import type { PgPicture } from "./store.pg.ts";

export type HandlerParts = Omit<QuotingParts, "read"> & { readonly picture: PgPicture };

export function dispatchHandlers(parts: HandlerParts): Handlers<typeof dispatchRoutes> {
  const { picture, ways, towns, rules, clock } = parts;
  return {
    estimate({ body }) {
      return estimate({ read: (organizationId) => picture.read(organizationId), ways, towns, rules, clock }, body);
    },

    async listPlans({ query, principal }) {
      const [{ plans }, solvedAt] = await Promise.all([picture.read(ownOf(principal)), picture.solvedAt()]);
      const count = (state: PlanState): number => plans.filter(({ plan }) => plan.state === state).length;
      const wanted = plans.filter(({ plan }) => query.state === undefined || plan.state === query.state);
      return {
        items: wanted.slice(0, query.limit).map(({ plan }) => planView(plan)),
        counts: { waiting: count("waiting"), assigned: count("assigned"), carried: count("carried") },
        solved_at: solvedAt,
      };
    },

    async explainPlan({ params, principal }) {
      const by = asking(principal);
      const plan = await picture.find(params.delivery_id);
      const visible = found(plan && sees(by, plan.organizationId) ? plan : null, "delivery_not_found");
      const all = await picture.read(visible.organizationId);
      const candidates = await candidatesFor({ ways, towns, rules, nowMs: clock.now() }, visible, all);
      return { plan: planView(visible), candidates };
    },
  };
}

/** A person sees what is of the own organization; a service, everything. */
function ownOf(principal: Principal | null): string | null {
  return asking(principal).organizationId;
}
