import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking, granted } from "@kerbside/proto/base/refuse";
import type { accountsRoutes, User } from "@kerbside/proto/routes/accounts";
import type { Introduced, Welcome } from "./newcomer.ts";
import type { PgPeople } from "./people.pg.ts";

export interface OpeningParts {
  readonly people: PgPeople;
  readonly welcome: Welcome;
  readonly newId: () => string;
}

/** Opens an organization with its first people, all of them or none; seeding again adds who is missing. */
export function openingHandlers(parts: OpeningParts): Pick<Handlers<typeof accountsRoutes>, "createOrganization"> {
  const { people, welcome, newId } = parts;
  return {
    async createOrganization({ body, principal, operationId, requestId }) {
      const organization_id = body.organization_id ?? operationId;
      const { members, missing } = await sortOut(people, organization_id, body.users);
      const newcomers = await Promise.all(
        missing.map((introduced) => welcome(introduced, { organization_id, user_id: newId() })),
      );
      const persons = newcomers.map(({ person }) => person);
      const opening = { organization_id, name: body.name, isFirst: body.is_first };
      const { organization, added } = granted(
        await people.open(opening, persons, doerOf(asking(principal), requestId)),
      );
      const passwords = new Map(newcomers.map(({ person, password }) => [person.user_id, password]));
      const users = [...members, ...added].map((user) => ({ user, password: passwords.get(user.user_id) ?? null }));
      return { organization, users };
    },
  };
}

/** Who of those that are introduced is there already. Somebody of another organization cannot join. */
async function sortOut(people: PgPeople, organizationId: string, introduced: readonly Introduced[]) {
  const members: User[] = [];
  const missing: Introduced[] = [];
  for (const one of introduced) {
    const person = await people.findByEmail(one.email);
    if (!person) missing.push(one);
    else if (person.user.organization_id === organizationId) members.push(person.user);
    else throw new Fault("email_taken", { email: one.email });
  }
  return { members, missing };
}
