import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { EventOf } from "@kerbside/proto/base/event";
import type { trustPublished } from "@kerbside/proto/events/robots";
import type { Trust } from "@kerbside/proto/robot/trust";
import { lt } from "drizzle-orm";
import { trust } from "./tables.ts";

/** Remembers whom robots believe, unless something later was heard. */
export async function hearTrust(tx: Transaction, event: EventOf<typeof trustPublished>): Promise<void> {
  const word = { told: event.body, cloud_seq: event.cloud_seq };
  await tx
    .insert(trust)
    .values({ one: true, ...word })
    .onConflictDoUpdate({ target: trust.one, set: word, setWhere: lt(trust.cloud_seq, event.cloud_seq) });
}

/** Null until robot-gateway has spoken. */
export async function knownTrust(db: Database): Promise<Trust | null> {
  const [row] = await db.select().from(trust);
  return row?.told ?? null;
}
