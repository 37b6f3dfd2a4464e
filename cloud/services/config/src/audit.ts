import { audited, type Deed } from "@kerbside/cloud-kit/audit";
import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";

/** One privileged write, as the audit log will show it. */
interface OwnDeed extends Deed {
  readonly subject: { readonly kind: "market" | "merchant" | "store" | "hub"; readonly id: string };
}

/** Says in the write's own transaction who did it. */
export type Audit = (tx: Transaction, deed: OwnDeed) => Promise<void>;

export function auditTo({ outbox, clock }: { outbox: Outbox; clock: Clock }): Audit {
  return (tx, deed) => outbox.appendAll(tx, [audited(deed, toInstant(clock.now()))]);
}
