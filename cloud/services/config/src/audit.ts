import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { auditEntry } from "@kerbside/proto/events/accounts";

/** One privileged write, as the audit log will show it. */
interface Deed {
  readonly by: Principal;
  readonly organizationId: string;
  readonly action: string;
  readonly subject: { readonly kind: "market" | "merchant" | "store" | "hub"; readonly id: string };
  readonly details: Readonly<Record<string, unknown>>;
}

/** Says in the write's own transaction who did it. */
export type Audit = (tx: Transaction, deed: Deed) => Promise<void>;

export function auditTo({ outbox, clock }: { outbox: Outbox; clock: Clock }): Audit {
  return (tx, { by, organizationId, action, subject, details }) =>
    outbox.append(tx, auditEntry, {
      subject_id: subject.id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: by.kind, id: by.id },
      body: { action, subject_kind: subject.kind, subject_id: subject.id, details: { ...details } },
    });
}
