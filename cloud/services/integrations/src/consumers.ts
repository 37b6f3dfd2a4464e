import assert from "node:assert/strict";
import { type Consumer, consumer, type ServiceContext, type Transaction } from "@kerbside/cloud-kit/service";
import type { EventOf } from "@kerbside/proto/base/event";
import { toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent, testDeliveryEvent } from "@kerbside/proto/events/deliveries";
import { positionChanged } from "@kerbside/proto/events/robots";
import { newsOf, toldAtBirth } from "./uber/news.ts";
import { PgSheets } from "./uber/sheets.pg.ts";
import { fromSnapshot, merge, type Sheet } from "./uber/sheet.ts";
import { tell, type Writing } from "./webhooks/messages.pg.ts";
import { statusMessage } from "./webhooks/payloads.ts";

/** How long an event waits for the answer to its order, which knows the tracking link. */
const patienceMs = 10_000;

/** The event overtook the answer to the order. It is tried again, in a moment. */
class OrderUnderWay extends Error {
  constructor(deliveryId: string) {
    super(`delivery ${deliveryId} is still being ordered`);
    this.name = "OrderUnderWay";
  }
}

type Ports = Pick<ServiceContext, "clock" | "newId">;

/** Follows partners' deliveries and writes down what there is to tell. The sending is somebody else's. */
export function integrationsConsumers({ clock, newId }: Ports): readonly Consumer[] {
  const writing = (): Writing => ({ newId, nowMs: clock.now(), now: toInstant(clock.now()) });
  return [
    consumer(deliveryEvent, (event, tx) => follow(tx, { event, live: true }, writing())),
    consumer(testDeliveryEvent, (event, tx) => follow(tx, { event, live: false }, writing())),
    consumer(positionChanged, (event, tx) => {
      const { robot_id, place, at } = event.body;
      return new PgSheets(tx).notePlace(robot_id, place, at);
    }),
  ];
}

interface DeliveryNews {
  readonly event: EventOf<typeof deliveryEvent> | EventOf<typeof testDeliveryEvent>;
  readonly live: boolean;
}

async function follow(tx: Transaction, { event, live }: DeliveryNews, writing: Writing): Promise<void> {
  const { happened, delivery } = event.body;
  if (delivery.partner_id === null) return;
  assert(event.organization_id, "a partner's delivery belongs to an organization");
  const of = { organizationId: event.organization_id, partnerId: delivery.partner_id, live, nowIso: writing.now };
  const sheets = new PgSheets(tx);
  const before = await sheets.lock(delivery.delivery_id);
  const sheet = merge(before?.sheet ?? null, fromSnapshot(delivery, of));
  const { of: changed, told } = newsOf(before?.told ?? toldAtBirth, sheet, happened === "created");
  if (changed.length > 0 && sheet.detail === null) {
    const since = toInstant(writing.nowMs - patienceMs);
    if (await sheets.isBeingOrdered(sheet.deliveryId, since)) throw new OrderUnderWay(sheet.deliveryId);
  }
  await sheets.save(sheet, told);
  for (const part of changed) await tellStatus(tx, part, sheet, writing);
}

async function tellStatus(tx: Transaction, part: "delivery" | "return", sheet: Sheet, writing: Writing): Promise<void> {
  const beside = await new PgSheets(tx).beside(sheet);
  const payload = statusMessage(part, sheet, beside, { eventId: writing.newId(), now: writing.now });
  if (!payload) return;
  await tell(tx, { ...sheet, kind: payload.kind, payload }, writing);
}
