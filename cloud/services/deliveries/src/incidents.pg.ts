import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { and, eq, isNull } from "drizzle-orm";
import type { Happenings } from "./happenings.ts";
import { type IncidentKind, isToRaise } from "./incident.ts";
import { type Delivery, incident } from "./tables.ts";

/** Keeps one open incident a delivery and kind, raising it as it stands. */
export class Incidents {
  readonly #parts: { readonly clock: Clock; readonly newId: () => string; readonly happenings: Happenings };

  constructor(parts: { readonly clock: Clock; readonly newId: () => string; readonly happenings: Happenings }) {
    this.#parts = parts;
  }

  async open(
    tx: Transaction,
    { delivery_id, organization_id }: Pick<Delivery, "delivery_id" | "organization_id">,
    { kind, detail }: { readonly kind: IncidentKind; readonly detail: string },
  ): Promise<void> {
    const { clock, newId, happenings } = this.#parts;
    const now = toInstant(clock.now());
    const [known] = await tx
      .select()
      .from(incident)
      .where(and(eq(incident.delivery_id, delivery_id), eq(incident.kind, kind), isNull(incident.closed_at)));
    if (!known) {
      await tx.insert(incident).values({
        incident_id: newId(),
        delivery_id,
        organization_id,
        kind,
        detail,
        level: 1,
        opened_at: now,
        raised_at: now,
        closed_at: null,
      });
      happenings.incidentRaised(delivery_id, kind, { detail, level: 1 });
      return;
    }
    if (!isToRaise(known, clock.now())) return;
    const level = known.level + 1;
    await tx.update(incident).set({ level, detail, raised_at: now }).where(eq(incident.incident_id, known.incident_id));
    happenings.incidentRaised(delivery_id, kind, { detail, level });
  }
}
