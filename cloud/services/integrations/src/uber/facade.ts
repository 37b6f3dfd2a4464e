import type { Database } from "@kerbside/cloud-kit/service";
import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import type { configRoutes } from "@kerbside/proto/routes/config";
import type { Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { type DeliveryState, deliveryStates } from "@kerbside/proto/states/delivery";
import { uberReturnView, uberView } from "@kerbside/proto/states/delivery.projections";
import { explainPlace, toAddressInput } from "./address.ts";
import { UberError } from "./errors.ts";
import { fromUberId, toUberId } from "./ids.ts";
import { toDeliveryBody, type UberOrder } from "./order.ts";
import { type Customer, PgOrders } from "./orders.pg.ts";
import { DeliveryRequest, ListQuery, ProofRequest, parse, QuoteRequest, UpdateRequest, windowOf } from "./requests.ts";
import { fromDelivery, merge, type Sheet } from "./sheet.ts";
import { PgSheets } from "./sheets.pg.ts";
import { deliveryView, quoteView, returnView } from "./views.ts";
import { refuseWindow } from "./window.ts";

export interface FacadePorts {
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly deliveries: Pick<
    Client<typeof deliveryRoutes>,
    "createQuote" | "createDelivery" | "getDelivery" | "updateDelivery" | "cancelDelivery"
  >;
  readonly config: Pick<Client<typeof configRoutes>, "listStores">;
}

/**
 * Uber Direct as its clients know it, on our own deliveries. Throws `UberError` for what the façade refuses and lets
 * the refusals of our services through as faults.
 */
export class UberFacade {
  readonly #ports: FacadePorts;
  readonly #orders: PgOrders;
  readonly #sheets: PgSheets;

  constructor(ports: FacadePorts) {
    this.#ports = ports;
    this.#orders = new PgOrders(ports.db);
    this.#sheets = new PgSheets(ports.db);
  }

  async createQuote(by: Customer, body: unknown) {
    const request = parse(QuoteRequest, body);
    const nowMs = this.#keepsWindow(request);
    const storeId = await this.#storeOf(by, request.external_store_id);
    const { pickup_ready_dt } = request;
    const asked = this.#ports.deliveries.createQuote({
      body: {
        pickup: toAddressInput(request.pickup_address, request.pickup_latitude, request.pickup_longitude),
        dropoff: toAddressInput(request.dropoff_address, request.dropoff_latitude, request.dropoff_longitude),
        on_behalf_of: behalfOf(by),
        ...(storeId === null ? {} : { store_id: storeId }),
        ...(pickup_ready_dt === undefined ? {} : { pickup_ready_at: pickup_ready_dt }),
      },
    });
    const quote = await asked.catch((cause: unknown) => {
      throw explainPlace(cause, request);
    });
    return quoteView(quote, nowMs);
  }

  async createDelivery(by: Customer, body: unknown) {
    const { idempotency_key: key = null, ...words } = parse(DeliveryRequest, body);
    if (by.live && words.test_specifications)
      throw new UberError("invalid_params", { test_specifications: needsTestKey });
    const { clock, newId } = this.#ports;
    const id = newId();
    const recognised = await this.#orders.claim({ words, key, newId: id }, by, clock.now());
    if (recognised.type === "duplicate") throw duplicateOf(recognised.deliveryId);
    const isNew = recognised.type === "new";
    const deliveryId = isNew ? id : recognised.deliveryId;
    try {
      // What was good when it was first asked is not judged by the clock again.
      if (isNew) this.#keepsWindow(words);
      return await this.#view(await this.#take(by, words, deliveryId));
    } catch (cause) {
      if (isRefusal(cause)) await this.#orders.forget(deliveryId);
      throw explainPlace(cause, words);
    }
  }

  async getDelivery(by: Customer, id: string) {
    const { delivery, isReturn } = await this.#own(by, id);
    const sheet = await this.#sheetOf(by, delivery);
    if (!isReturn) return this.#view(sheet);
    const back = returnView(sheet, await this.#sheets.beside(sheet));
    if (!back) throw new UberError("delivery_not_found");
    return back;
  }

  async listDeliveries(by: Customer, query: unknown) {
    const { filter, limit, offset } = parse(ListQuery, query);
    const states = filter === undefined ? null : statesFor(filter);
    const { sheets, total } = await this.#sheets.list({ ...by, states }, { limit, offset });
    const data = await Promise.all(sheets.map((sheet) => this.#view(sheet)));
    const hasMore = offset + data.length < total;
    const filtered = filter === undefined ? "" : `&filter=${filter}`;
    const url = `/v1/customers/${by.partnerId}/deliveries`;
    const next_href = hasMore ? `${url}?limit=${limit}&offset=${offset + limit}${filtered}` : "";
    return { object: "list", url, total_count: total, next_href, data };
  }

  async updateDelivery(by: Customer, id: string, body: unknown) {
    const request = parse(UpdateRequest, body);
    const { delivery, isReturn } = await this.#own(by, id);
    if (isReturn) throw new UberError("delivery_not_found");
    if ((request.tip_by_customer ?? 0) > 0) throw new UberError("invalid_tipping_state");
    if (request.dropoff_latitude !== undefined || request.dropoff_longitude !== undefined) {
      const why = "A robot's destination cannot be changed; cancel and order again.";
      throw new UberError("invalid_params", { dropoff_latitude: why, dropoff_longitude: why });
    }
    const { pickup_notes, dropoff_notes, manifest_reference } = request;
    const changed = await this.#ports.deliveries.updateDelivery({
      params: { delivery_id: delivery.delivery_id },
      body: {
        ...(pickup_notes === undefined ? {} : { pickup_notes }),
        ...(dropoff_notes === undefined ? {} : { dropoff_notes }),
        on_behalf_of: behalfOf(by),
      },
    });
    if (manifest_reference !== undefined) await this.#orders.rewrite(delivery.delivery_id, { manifest_reference });
    return this.#view(await this.#note(by, changed));
  }

  /** The status says `canceled` once it is certain that no robot is being loaded. */
  async cancelDelivery(by: Customer, id: string) {
    const { delivery, isReturn } = await this.#own(by, id);
    if (isReturn) throw new UberError("noncancelable_delivery");
    const cancelled = await this.#ports.deliveries.cancelDelivery({
      params: { delivery_id: delivery.delivery_id },
      body: { on_behalf_of: behalfOf(by) },
    });
    return this.#view(await this.#note(by, cancelled));
  }

  /** A robot proves by its lid and its custody records, not by papers. */
  async proofOfDelivery(by: Customer, id: string, body: unknown): Promise<never> {
    const { type } = parse(ProofRequest, body);
    await this.#own(by, id);
    throw new UberError("not_found", { type: `There is no ${type} of this delivery: a robot takes none.` });
  }

  #keepsWindow(request: Parameters<typeof windowOf>[0]): number {
    const nowMs = this.#ports.clock.now();
    const broken = refuseWindow(windowOf(request), nowMs);
    if (broken) throw new UberError(broken);
    return nowMs;
  }

  /** Orders under an id that was written down before, so that a second try cannot become a second delivery. */
  async #take(by: Customer, words: UberOrder, deliveryId: string): Promise<Sheet> {
    const { deliveries, clock } = this.#ports;
    const storeId = await this.#storeOf(by, words.external_store_id);
    const of = { ...by, deliveryId, storeId };
    const delivery = await deliveries.createDelivery({ body: toDeliveryBody(words, of) });
    if (delivery.delivery_id !== deliveryId) throw duplicateOf(delivery.delivery_id);
    await this.#orders.noteTaken(deliveryId, clock.now());
    return this.#note(by, delivery);
  }

  /** A partner's own delivery, or the way back of one. Others' are not there. */
  async #own(by: Customer, id: string): Promise<{ readonly delivery: Delivery; readonly isReturn: boolean }> {
    const returnId = fromUberId("return", id);
    const deliveryId = returnId ?? fromUberId("delivery", id);
    if (deliveryId === null) throw new UberError("delivery_not_found");
    const delivery = await this.#ports.deliveries.getDelivery({ params: { delivery_id: deliveryId } });
    if (delivery.partner_id !== by.partnerId || delivery.live !== by.live) throw new UberError("delivery_not_found");
    const isReturn = returnId !== null;
    if (isReturn && uberReturnView[delivery.state] === null) throw new UberError("delivery_not_found");
    return { delivery, isReturn };
  }

  async #storeOf({ organizationId }: Customer, externalId: string | undefined): Promise<string | null> {
    if (externalId === undefined) return null;
    const query = { organization_id: organizationId, external_id: externalId, limit: 1 };
    const { items } = await this.#ports.config.listStores({ query });
    const [store] = items;
    if (!store) throw new UberError("invalid_params", { external_store_id: "no store of yours has this id" });
    return store.store_id;
  }

  async #note(by: Customer, delivery: Delivery): Promise<Sheet> {
    return this.#ports.db.transaction(async (tx) => {
      const sheets = new PgSheets(tx);
      const known = await sheets.lock(delivery.delivery_id);
      const sheet = merge(known?.sheet ?? null, fromDelivery(delivery, by));
      await sheets.save(sheet, known?.told);
      return sheet;
    });
  }

  async #sheetOf(by: Customer, delivery: Delivery): Promise<Sheet> {
    const known = await this.#sheets.find(delivery.delivery_id);
    return merge(known?.sheet ?? null, fromDelivery(delivery, by));
  }

  async #view(sheet: Sheet) {
    return deliveryView(sheet, await this.#sheets.beside(sheet));
  }
}

const needsTestKey = "A live key orders a real robot; send this with a test key.";

/** A partner asks; deliveries' history and the audit log name it and not us. */
function behalfOf({ organizationId, partnerId, live }: Customer) {
  return { organization_id: organizationId, partner_id: partnerId, live };
}

/** The states that stand for one of Uber's statuses. */
function statesFor(filter: string): readonly DeliveryState[] {
  const over = ["delivered", "canceled", "returned"];
  return deliveryStates.filter((state) => {
    const { status } = uberView[state];
    return filter === "ongoing" ? !over.includes(status) : status === filter;
  });
}

function duplicateOf(deliveryId: string): UberError {
  return new UberError("duplicate_delivery", { delivery_id: toUberId("delivery", deliveryId) });
}

/** Somebody said no, so that nothing was ordered. Whatever else went wrong may have ordered something. */
function isRefusal(cause: unknown): boolean {
  if (cause instanceof UberError) return true;
  return cause instanceof Fault && cause.meaning.status < 500;
}
