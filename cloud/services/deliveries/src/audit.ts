import { audited } from "@kerbside/cloud-kit/audit";
import type { Appended } from "@kerbside/cloud-kit/service";
import type { Cause } from "./record.pg.ts";
import type { Delivery } from "./tables.ts";

/** Whatever is privileged goes into the audit log with its actor, in the transaction that does it. */
export function auditOf(
  row: Pick<Delivery, "delivery_id" | "organization_id">,
  { actor, eventTime, causationId }: Cause,
  entry: { readonly action: string; readonly details: Readonly<Record<string, unknown>> },
): Appended {
  const by = { ...actor, causationId };
  const subject = { kind: "delivery", id: row.delivery_id };
  return audited({ by, organizationId: row.organization_id, subject, ...entry }, eventTime);
}
