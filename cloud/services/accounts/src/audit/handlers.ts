import type { Handlers } from "@kerbside/cloud-kit/service";
import { asking, ownerFor } from "@kerbside/proto/base/refuse";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import type { PgAuditLog } from "./audit-log.pg.ts";

export function auditHandlers(audit: PgAuditLog): Pick<Handlers<typeof accountsRoutes>, "listAuditEntries"> {
  return {
    async listAuditEntries({ query, principal }) {
      const { actor_id: actorId, subject_id: subjectId, ...rest } = query;
      return audit.list(ownerFor(asking(principal), undefined), { ...rest, actorId, subjectId });
    },
  };
}
