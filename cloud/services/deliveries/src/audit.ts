import { type Appended, appended } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import { auditEntry } from "@kerbside/proto/events/accounts";
import type { Delivery } from "./tables.ts";

/** Whatever is privileged goes into the audit log with its actor, in the transaction that does it. */
export function auditOf(
  row: Pick<Delivery, "delivery_id" | "organization_id">,
  { actor, eventTime, causationId }: { actor: Actor; eventTime: string; causationId: string | null },
  entry: { readonly action: string; readonly details: Readonly<Record<string, unknown>> },
): Appended {
  return appended(auditEntry, {
    subject_id: row.delivery_id,
    organization_id: row.organization_id,
    event_time: eventTime,
    actor,
    causation_id: causationId,
    body: {
      subject_kind: "delivery",
      subject_id: row.delivery_id,
      action: entry.action,
      details: { ...entry.details },
    },
  });
}
