import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import { asking, found, granted, ownerFor, seen } from "@kerbside/proto/base/refuse";
import type { Rng } from "@kerbside/proto/base/rng";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { newPassword } from "../secrets.ts";
import type { Welcome } from "./newcomer.ts";
import type { Passwords } from "./passwords.ts";
import type { PgPeople } from "./people.pg.ts";

export interface PeopleHandlersParts {
  readonly people: PgPeople;
  readonly passwords: Passwords;
  readonly welcome: Welcome;
  readonly rng: Rng;
}

type PeopleHandlers = Pick<
  Handlers<typeof accountsRoutes>,
  "listUsers" | "createUser" | "updateUser" | "resetPassword" | "endSessions"
>;

export function peopleHandlers({ people, passwords, welcome, rng }: PeopleHandlersParts): PeopleHandlers {
  return {
    async listUsers({ query, principal }) {
      return people.list(ownerFor(asking(principal), undefined), query);
    },
    async createUser({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id: named, ...introduced } = body;
      const organization = found(await people.findOrganization(ownerFor(by, named)), "organization_not_found");
      const { organization_id } = organization;
      const { person, password } = await welcome(introduced, { organization_id, user_id: operationId });
      return { user: granted(await people.add(person, doerOf(by, requestId))), password };
    },
    async updateUser({ params, body, principal, requestId }) {
      const by = asking(principal);
      const which = { userId: params.user_id, organizationId: ownerFor(by, undefined) };
      return granted(await people.change(which, body, doerOf(by, requestId)));
    },
    async resetPassword({ params, principal, requestId }) {
      const by = asking(principal);
      const user = seen(by, await people.find(params.user_id), "user_not_found");
      const password = newPassword(rng);
      await people.setPassword(user, await passwords.hashGenerated(password), {
        by: doerOf(by, requestId),
        keptToken: null,
      });
      return { user, password };
    },
    async endSessions({ params, principal, requestId }) {
      const by = asking(principal);
      const user = seen(by, await people.find(params.user_id), "user_not_found");
      await people.signOutEverywhere(user, doerOf(by, requestId));
    },
  };
}
