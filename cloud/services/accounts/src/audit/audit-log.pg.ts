import type { Deed } from "@kerbside/cloud-kit/audit";
import { olderThan } from "@kerbside/cloud-kit/page";
import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import type { EventOf } from "@kerbside/proto/base/event";
import { endOf, type PageAsked } from "@kerbside/proto/base/page";
import { toInstant } from "@kerbside/proto/base/time";
import type { auditEntry as auditEvent } from "@kerbside/proto/events/accounts";
import type { AuditEntry } from "@kerbside/proto/routes/accounts";
import { Actor } from "@kerbside/proto/base/actor";
import { and, desc, eq, gte, lt, type SQL } from "drizzle-orm";
import { auditEntry } from "../tables.ts";

export interface AuditFilter extends PageAsked {
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** One privileged thing that this service did. */
interface OwnDeed extends Deed {
  readonly subject: { readonly kind: "organization" | "user" | "api_key"; readonly id: string };
}

export interface AuditLogParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Everything privileged that was ever done, by us and by every other service. Rows are added, never changed. */
export class PgAuditLog {
  readonly #parts: AuditLogParts;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** What this service did, in the transaction in which it did it. */
  async add(tx: Transaction, { by, organizationId, action, subject, details = {} }: OwnDeed): Promise<void> {
    const now = toInstant(this.#parts.clock.now());
    await tx.insert(auditEntry).values({
      entry_id: this.#parts.newId(),
      organization_id: organizationId,
      actor_kind: by.kind,
      actor_id: by.id,
      action,
      subject_kind: subject.kind,
      subject_id: subject.id,
      details,
      causation_id: by.causationId,
      event_time: now,
      recorded_time: now,
    });
  }

  /** What another service did. */
  async hear(tx: Transaction, event: EventOf<typeof auditEvent>): Promise<void> {
    await tx
      .insert(auditEntry)
      .values({
        entry_id: event.event_id,
        organization_id: event.organization_id,
        actor_kind: event.actor.kind,
        actor_id: event.actor.id,
        ...event.body,
        causation_id: event.causation_id,
        event_time: event.event_time,
        recorded_time: toInstant(this.#parts.clock.now()),
      })
      .onConflictDoNothing();
  }

  async list(organizationId: string, filter: AuditFilter): Promise<Page<AuditEntry>> {
    const rows = await this.#parts.db
      .select()
      .from(auditEntry)
      .where(and(eq(auditEntry.organization_id, organizationId), matches(filter)))
      .orderBy(desc(auditEntry.event_time), desc(auditEntry.entry_id))
      .limit(filter.limit + 1);
    return toPage(rows.map(toEntry), filter.limit, (last) => ({ createdAt: last.event_time, id: last.entry_id }));
  }
}

function matches({ actorId, action, subjectId, after, before, cursor }: AuditFilter): SQL | undefined {
  return and(
    actorId === undefined ? undefined : eq(auditEntry.actor_id, actorId),
    action === undefined ? undefined : eq(auditEntry.action, action),
    subjectId === undefined ? undefined : eq(auditEntry.subject_id, subjectId),
    after === undefined ? undefined : gte(auditEntry.event_time, after),
    before === undefined ? undefined : lt(auditEntry.event_time, before),
    olderThan(endOf(cursor), { at: auditEntry.event_time, id: auditEntry.entry_id }),
  );
}

function toEntry({ actor_kind, actor_id, ...rest }: typeof auditEntry.$inferSelect): AuditEntry {
  return { ...rest, actor: Actor.parse({ kind: actor_kind, id: actor_id }) };
}
