import { isDeepStrictEqual } from "node:util";
import type { Database, Outbox } from "@kerbside/cloud-kit/service";
import { trustPublished } from "@kerbside/proto/events/robots";
import type { Trust } from "@kerbside/proto/robot/trust";
import { sql } from "drizzle-orm";
import { service } from "../service-actor.ts";

/** Tells everybody whom robots believe, if that is not what was told last. Answers whether it was. */
export async function publishTrust(
  db: Database,
  trust: Trust,
  { outbox, nowInstant }: { readonly outbox: Outbox; readonly nowInstant: string },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`insert into trust (one, published) values (true, 'null'::jsonb) on conflict do nothing`);
    const { rows } = await tx.execute<{ published: unknown }>(sql`select published from trust for update`);
    if (isDeepStrictEqual(rows[0]?.published, trust)) return false;
    await tx.execute(sql`update trust set published = ${JSON.stringify(trust)}::jsonb`);
    await outbox.append(tx, trustPublished, {
      subject_id: trust.root_key,
      organization_id: null,
      event_time: nowInstant,
      actor: service,
      body: trust,
    });
    return true;
  });
}
