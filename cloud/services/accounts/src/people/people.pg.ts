import type { Doer } from "@kerbside/cloud-kit/audit";
import { youngerThan } from "@kerbside/cloud-kit/page";
import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { endOf, type PageAsked } from "@kerbside/proto/base/page";
import { granted } from "@kerbside/proto/base/refuse";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { toInstant } from "@kerbside/proto/base/time";
import type { Organization, User } from "@kerbside/proto/routes/accounts";
import { and, asc, count, eq, isNull, ne, sql } from "drizzle-orm";
import type { PgAuditLog } from "../audit/audit-log.pg.ts";
import { endSessions } from "../sessions/sessions.pg.ts";
import { organization, userAccount } from "../tables.ts";
import { changesBetween, changeUser, type UserChange } from "./user.ts";
import { toUser } from "./user-row.ts";

/** A person with the hash that their password has to match. */
export interface Person {
  readonly user: User;
  readonly passwordHash: string;
}

export type NewPerson = Pick<User, "user_id" | "organization_id" | "email" | "name" | "role" | "store_ids"> & {
  readonly passwordHash: string;
};

interface Opened {
  readonly organization: Organization;
  readonly added: readonly User[];
}

export interface PeopleParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: PgAuditLog;
}

export class PgPeople {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Makes the organization unless it is there, and adds who joins it: all of them or nobody. */
  async open(
    { isFirst, ...made }: Pick<Organization, "organization_id" | "name"> & { readonly isFirst: boolean },
    joining: readonly NewPerson[],
    by: Doer,
  ): Promise<Result<Opened, "organization_exists">> {
    return this.#parts.db.transaction(async (tx) => {
      if (isFirst && (await isAnyThere(tx))) return err("organization_exists");
      const organization = await this.#openOrganization(tx, made, by);
      const added: User[] = [];
      for (const person of joining) added.push(granted(await this.#add(tx, person, by)));
      return ok({ organization, added });
    });
  }

  findOrganization(organizationId: string): Promise<Organization | null> {
    return readOrganization(this.#parts.db, organizationId);
  }

  async find(userId: string): Promise<User | null> {
    const [row] = await this.#parts.db.select().from(userAccount).where(eq(userAccount.user_id, userId));
    return row ? toUser(row) : null;
  }

  async findByEmail(email: string): Promise<Person | null> {
    const [row] = await this.#parts.db.select().from(userAccount).where(eq(userAccount.email, email));
    return row ? { user: toUser(row), passwordHash: row.password_hash } : null;
  }

  async list(organizationId: string, asked: PageAsked): Promise<Page<User>> {
    const rows = await this.#parts.db
      .select()
      .from(userAccount)
      .where(
        and(
          eq(userAccount.organization_id, organizationId),
          youngerThan(endOf(asked.cursor), { at: userAccount.created_at, id: userAccount.user_id }),
        ),
      )
      .orderBy(asc(userAccount.created_at), asc(userAccount.user_id))
      .limit(asked.limit + 1);
    return toPage(rows.map(toUser), asked.limit, (last) => ({ createdAt: last.created_at, id: last.user_id }));
  }

  add(person: NewPerson, by: Doer): Promise<Result<User, "email_taken">> {
    return this.#parts.db.transaction((tx) => this.#add(tx, person, by));
  }

  /** Whoever is disabled is signed out in the same moment. */
  async change(
    { userId, organizationId }: { userId: string; organizationId: string },
    change: UserChange,
    by: Doer,
  ): Promise<Result<User, "user_not_found" | "last_admin">> {
    const { db, audit } = this.#parts;
    return db.transaction(async (tx) => {
      // Two admins who disable each other at once take turns here; the second finds no other admin left.
      await tx.select().from(organization).where(eq(organization.organization_id, organizationId)).for("update");
      const [row] = await tx
        .select()
        .from(userAccount)
        .where(and(eq(userAccount.user_id, userId), eq(userAccount.organization_id, organizationId)));
      if (!row) return err("user_not_found");
      const otherAdmins = await countOtherAdmins(tx, row);
      const decision = changeUser(toUser(row), change, { now: this.#now(), otherAdmins });
      if (!decision.ok) return decision;
      const { name, role, store_ids, disabled_at } = decision.value;
      await tx.update(userAccount).set({ name, role, store_ids, disabled_at }).where(eq(userAccount.user_id, userId));
      if (disabled_at !== null) await endSessions(tx, userId);
      const details = changesBetween(toUser(row), decision.value);
      await audit.add(tx, { by, ...subjectOf(row), action: "users/changed", details });
      return ok(decision.value);
    });
  }

  /** Ends every session of this person but the one they are changing it from. */
  async setPassword(
    user: User,
    passwordHash: string,
    { by, keptToken }: { by: Doer; keptToken: string | null },
  ): Promise<void> {
    const { db, audit } = this.#parts;
    await db.transaction(async (tx) => {
      await tx.update(userAccount).set({ password_hash: passwordHash }).where(eq(userAccount.user_id, user.user_id));
      await endSessions(tx, user.user_id, keptToken);
      await audit.add(tx, { by, ...subjectOf(user), action: "users/password_changed" });
    });
  }

  async signOutEverywhere(user: User, by: Doer): Promise<void> {
    const { db, audit } = this.#parts;
    await db.transaction(async (tx) => {
      await endSessions(tx, user.user_id);
      await audit.add(tx, { by, ...subjectOf(user), action: "sessions/ended" });
    });
  }

  async #openOrganization(
    tx: Transaction,
    made: Pick<Organization, "organization_id" | "name">,
    by: Doer,
  ): Promise<Organization> {
    const row = { ...made, created_at: this.#now() };
    const [inserted] = await tx.insert(organization).values(row).onConflictDoNothing().returning();
    if (!inserted) return (await readOrganization(tx, made.organization_id)) ?? row;
    await this.#parts.audit.add(tx, {
      by,
      organizationId: made.organization_id,
      action: "organizations/created",
      subject: { kind: "organization", id: made.organization_id },
      details: { name: made.name },
    });
    return inserted;
  }

  async #add(tx: Transaction, person: NewPerson, by: Doer): Promise<Result<User, "email_taken">> {
    const { passwordHash: password_hash, ...fields } = person;
    const row = { ...fields, password_hash, created_at: this.#now() };
    const [added] = await tx.insert(userAccount).values(row).onConflictDoNothing().returning();
    if (!added) return err("email_taken");
    const { email, role, store_ids } = person;
    const details = { email, role, store_ids };
    await this.#parts.audit.add(tx, { by, ...subjectOf(added), action: "users/created", details });
    return ok(toUser(added));
  }

  #now(): string {
    return toInstant(this.#parts.clock.now());
  }
}

/** Nobody else can make one before this transaction ends. */
async function isAnyThere(tx: Transaction): Promise<boolean> {
  await tx.execute(sql`lock table ${organization} in share row exclusive mode`);
  const found = await tx.select({ id: organization.organization_id }).from(organization).limit(1);
  return found.length > 0;
}

async function readOrganization(db: Database | Transaction, organizationId: string): Promise<Organization | null> {
  const [row] = await db.select().from(organization).where(eq(organization.organization_id, organizationId));
  return row ?? null;
}

async function countOtherAdmins(tx: Transaction, than: typeof userAccount.$inferSelect): Promise<number> {
  const [row] = await tx
    .select({ admins: count() })
    .from(userAccount)
    .where(
      and(
        eq(userAccount.organization_id, than.organization_id),
        eq(userAccount.role, "admin"),
        isNull(userAccount.disabled_at),
        ne(userAccount.user_id, than.user_id),
      ),
    );
  return row?.admins ?? 0;
}

function subjectOf({ user_id, organization_id }: Pick<User, "user_id" | "organization_id">) {
  return { organizationId: organization_id, subject: { kind: "user", id: user_id } } as const;
}
