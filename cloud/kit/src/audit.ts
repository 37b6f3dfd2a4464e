import type { Actor } from "@kerbside/proto/base/actor";
import type { Principal } from "@kerbside/proto/base/roles";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { type Appended, appended } from "./service.ts";

/** Who does something privileged, and the request or event that led to it; null where nothing did. */
export interface Doer extends Actor {
  readonly causationId: string | null;
}

/** One privileged write, as the audit log will show it. Details name what changed, before and after, and no secret. */
export interface Deed {
  readonly by: Doer;
  readonly organizationId: string;
  /** A noun and a past participle: `webhooks/deleted`. */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

export function doerOf({ kind, id }: Principal, requestId: string): Doer {
  return { kind, id, causationId: requestId };
}

/** What a service does by itself. */
export function serviceDoer(name: string): Doer {
  return { kind: "service", id: name, causationId: null };
}

/** The entry for the outbox, to be appended in the transaction of the deed. */
export function audited({ by, organizationId, action, subject, details = {} }: Deed, at: string): Appended {
  return appended(auditEntry, {
    subject_id: subject.id,
    organization_id: organizationId,
    event_time: at,
    actor: { kind: by.kind, id: by.id },
    causation_id: by.causationId,
    body: { action, subject_kind: subject.kind, subject_id: subject.id, details: { ...details } },
  });
}
