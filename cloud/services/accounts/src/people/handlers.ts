import type { Handlers } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking, found, granted, ownerFor, seen } from "@kerbside/proto/base/refuse";
import type { Rng } from "@kerbside/proto/base/rng";
import type { accountsRoutes, User } from "@kerbside/proto/routes/accounts";
import { newPassword } from "../secrets.ts";
import type { Passwords } from "./passwords.ts";
import type { NewPerson, PgPeople } from "./people.pg.ts";
import { storesOf } from "./user.ts";

export interface PeopleHandlersParts {
  readonly people: PgPeople;
  readonly passwords: Passwords;
  readonly rng: Rng;
  readonly newId: () => string;
}

type PeopleHandlers = Pick<
  Handlers<typeof accountsRoutes>,
  "createOrganization" | "listUsers" | "createUser" | "updateUser" | "resetPassword" | "endSessions"
>;
type Introduced = Pick<User, "email" | "name" | "role" | "store_ids">;
type Ids = Pick<User, "organization_id" | "user_id">;

/** A person to be added, with the password that is shown once. */
interface Newcomer {
  readonly person: NewPerson;
  readonly password: string;
}

export function peopleHandlers({ people, passwords, rng, newId }: PeopleHandlersParts): PeopleHandlers {
  async function newcomer(introduced: Introduced, ids: Ids): Promise<Newcomer> {
    const password = newPassword(rng);
    const passwordHash = await passwords.hash(password);
    const store_ids = storesOf(introduced.role, introduced.store_ids);
    return { person: { ...introduced, ...ids, store_ids, passwordHash }, password };
  }
  /** Who signs in with this e-mail already, if it is one of the organization's own. */
  async function member(email: string, organizationId: string): Promise<User | null> {
    const person = await people.findByEmail(email);
    if (person && person.user.organization_id !== organizationId) throw new Fault("email_taken", { email });
    return person?.user ?? null;
  }
  return {
    /** Answers who was a member already first, then who joined. */
    async createOrganization({ body, principal, operationId }) {
      const organization_id = body.organization_id ?? operationId;
      const members: User[] = [];
      const hashing: Promise<Newcomer>[] = [];
      for (const introduced of body.users) {
        const user = await member(introduced.email, organization_id);
        if (user) members.push(user);
        else hashing.push(newcomer(introduced, { organization_id, user_id: newId() }));
      }
      const newcomers = await Promise.all(hashing);
      const persons = newcomers.map(({ person }) => person);
      const named = { organization_id, name: body.name };
      const { organization, added } = await people.open(named, persons, asking(principal));
      const passwords = new Map(newcomers.map(({ person, password }) => [person.user_id, password]));
      const users = [...members, ...added].map((user) => ({ user, password: passwords.get(user.user_id) ?? null }));
      return { organization, users };
    },
    async listUsers({ query, principal }) {
      return people.list(ownerFor(asking(principal), undefined), query);
    },
    async createUser({ body, principal, operationId }) {
      const by = asking(principal);
      const { organization_id, ...introduced } = body;
      const organization = found(
        await people.findOrganization(ownerFor(by, organization_id)),
        "organization_not_found",
      );
      const ids = { organization_id: organization.organization_id, user_id: operationId };
      const { person, password } = await newcomer(introduced, ids);
      return { user: granted(await people.add(person, by)), password };
    },
    async updateUser({ params, body, principal }) {
      const by = asking(principal);
      const which = { userId: params.user_id, organizationId: ownerFor(by, undefined) };
      return granted(await people.change(which, body, by));
    },
    async resetPassword({ params, principal }) {
      const by = asking(principal);
      const user = seen(by, await people.find(params.user_id), "user_not_found");
      const password = newPassword(rng);
      await people.setPassword(user, await passwords.hash(password), { by, keptToken: null });
      return { user, password };
    },
    async endSessions({ params, principal }) {
      const by = asking(principal);
      await people.signOutEverywhere(seen(by, await people.find(params.user_id), "user_not_found"), by);
    },
  };
}
