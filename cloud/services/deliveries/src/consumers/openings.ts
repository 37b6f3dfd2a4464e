import { type Consumer, consumer, type Transaction } from "@kerbside/cloud-kit/service";
import { commandChanged, lidChanged } from "@kerbside/proto/events/robots";
import type { UnlockStatus } from "@kerbside/proto/states/unlock";
import { eq } from "drizzle-orm";
import type { Cancelling } from "../cancelling.pg.ts";
import type { Recorder } from "../record.pg.ts";
import { lastUnlock, lockDelivery } from "../rows.pg.ts";
import { type Delivery, delivery as deliveries, type Unlock, unlock } from "../tables.ts";
import { type Evidence, lidStatusAfter, statusAfter } from "../unlock.ts";
import { causeOf } from "./cause.ts";

export interface OpeningParts {
  readonly recorder: Recorder;
  readonly cancelling: Cancelling;
}

/** How far an opening has come: by its command until the latch lets go, by the lid from then on. */
export function openingConsumers(parts: OpeningParts): readonly Consumer[] {
  return [
    consumer(commandChanged, async (event, tx) => {
      const { body } = event;
      if (body.kind !== "open_lid" || body.delivery_id === null) return;
      const row = await lockDelivery(tx, body.delivery_id);
      if (!row) return;
      await moveRequest(tx, parts, { row, requestId: body.command_id, evidence: { type: "command", state: body.to } });
      await parts.cancelling.complete(tx, row.delivery_id, causeOf(event));
    }),
    consumer(lidChanged, async (event, tx) => {
      const { body } = event;
      const row = body.delivery_id === null ? null : await lockDelivery(tx, body.delivery_id);
      if (row && body.robot_id === row.robot_id) await moveLid(tx, parts, { row, body });
      const cause = causeOf(event);
      if (row) await parts.cancelling.complete(tx, row.delivery_id, cause);
      await parts.cancelling.drainedPast(tx, body.robot_id, cause);
    }),
  ];
}

async function moveLid(
  tx: Transaction,
  parts: OpeningParts,
  { row, body }: { row: Delivery; body: { to: string; authorisation: { kind: string; id: string } | null } },
): Promise<void> {
  const { authorisation, to } = body;
  const isMoved =
    authorisation?.kind === "command" &&
    (await moveRequest(tx, parts, { row, requestId: authorisation.id, evidence: { type: "lid", to } }));
  if (!isMoved) await show(tx, parts, row, lidStatusAfter(row.last_unlock_status, to));
}

/** False where nobody here asked for it. */
async function moveRequest(
  tx: Transaction,
  parts: OpeningParts,
  { row, requestId, evidence }: { row: Delivery; requestId: string; evidence: Evidence },
): Promise<boolean> {
  const [request] = await tx.select().from(unlock).where(eq(unlock.request_id, requestId));
  if (request?.delivery_id !== row.delivery_id) return false;
  const status = statusAfter(request.status, evidence);
  if (status === request.status) return true;
  await tx.update(unlock).set({ status, status_at: parts.recorder.now() }).where(eq(unlock.request_id, requestId));
  if (await isNewest(tx, request)) await show(tx, parts, row, status);
  return true;
}

async function isNewest(tx: Transaction, { delivery_id, request_id }: Unlock): Promise<boolean> {
  return (await lastUnlock(tx, delivery_id))?.request_id === request_id;
}

async function show(
  tx: Transaction,
  { recorder }: OpeningParts,
  row: Delivery,
  status: UnlockStatus | null,
): Promise<void> {
  if (status === row.last_unlock_status) return;
  await tx
    .update(deliveries)
    .set({ last_unlock_status: status, updated_at: recorder.now() })
    .where(eq(deliveries.delivery_id, row.delivery_id));
}
