import { readJson } from "@kerbside/cloud-kit/http/body";
import { dataSafety } from "@kerbside/cloud-kit/http/safety";
import { Fault } from "@kerbside/proto/base/fault";
import { fillPath } from "@kerbside/proto/base/client.http";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import type { Context, Hono } from "hono";
import * as z from "zod";
import type { Happenings } from "../happenings.ts";
import { fromFault, UberError } from "./errors.ts";
import type { UberFacade } from "./facade.ts";
import type { Customer } from "./orders.pg.ts";
import { answerToken, type TokenPorts } from "./token.ts";

export interface UberWebPorts extends TokenPorts {
  readonly facade: UberFacade;
  readonly happenings: Happenings;
  readonly newId: () => string;
}

const scope = "eats.deliveries";
const Partner = integrationsRoutes.getPartner.reply;

/** Uber Direct's own paths, answers and errors. Its clients fix their hosts, so that a proxy or a dispatcher leads here. */
export function mountUber(app: Hono, { facade, happenings, newId, accounts }: UberWebPorts): void {
  const customers = "/v1/customers/:customer_id";
  const one = `${customers}/deliveries/:delivery_id`;
  type Work = (by: Customer, c: Context) => Promise<unknown>;
  const serve = (work: Work) => (c: Context) =>
    answer({ requestId: newId(), happenings }, async () => work(await customerOf(app, c), c));

  app.post("/oauth/v2/token", async (c) => answerToken(c.req.raw, { accounts }));
  app.post(
    `${customers}/delivery_quotes`,
    serve(async (by, c) => facade.createQuote(by, await bodyOf(c))),
  );
  app.post(
    `${customers}/deliveries`,
    serve(async (by, c) => facade.createDelivery(by, await bodyOf(c))),
  );
  app.get(
    `${customers}/deliveries`,
    serve((by, c) => facade.listDeliveries(by, c.req.query())),
  );
  app.get(
    one,
    serve((by, c) => facade.getDelivery(by, idOf(c))),
  );
  app.post(
    one,
    serve(async (by, c) => facade.updateDelivery(by, idOf(c), await bodyOf(c))),
  );
  app.post(
    `${one}/cancel`,
    serve((by, c) => facade.cancelDelivery(by, idOf(c))),
  );
  app.post(
    `${one}/proof-of-delivery`,
    serve(async (by, c) => facade.proofOfDelivery(by, idOf(c), await bodyOf(c))),
  );
}

/** Every answer is Uber's: the thing itself, or an error with its code. */
async function answer(
  { requestId, happenings }: { readonly requestId: string; readonly happenings: Happenings },
  work: () => Promise<unknown>,
): Promise<Response> {
  const headers = { ...dataSafety, "cache-control": "no-store", "x-request-id": requestId };
  try {
    return Response.json(await work(), { headers });
  } catch (cause) {
    const error = toUberError(cause);
    happenings.refused(error.code);
    if (error.status >= 500) happenings.facadeFailed(cause, requestId);
    const again = error.retryAfterS === undefined ? {} : { "retry-after": String(error.retryAfterS) };
    return Response.json(error, { status: error.status, headers: { ...headers, ...again } });
  }
}

function toUberError(cause: unknown): UberError {
  if (cause instanceof UberError) return cause;
  return cause instanceof Fault ? fromFault(cause) : new UberError("internal_server_error");
}

/**
 * Whom the bearer's token speaks for. Our own contract is asked, so that keys are judged in one place whether they come
 * to it or to a façade.
 */
async function customerOf(app: Hono, c: Context): Promise<Customer> {
  const { path } = integrationsRoutes.getPartner;
  const authorization = c.req.header("authorization");
  const headers = new Headers(authorization === undefined ? {} : { authorization });
  const asked = new Request(new URL(fillPath(path, {}), c.req.url), { headers });
  const response = await app.fetch(asked);
  const againS = Number(response.headers.get("retry-after") ?? "0") || undefined;
  if (response.status === 429) throw new UberError("customer_limited", {}, againS);
  if (response.status >= 500) throw new UberError("service_unavailable", {}, againS);
  if (!response.ok) throw new UberError("unauthorized");
  const partner = Partner.parse(await response.json());
  if (!partner.scopes.includes(scope)) throw new UberError("customer_blocked", { scope: `the key lacks ${scope}` });
  if (c.req.param("customer_id") !== partner.partner_id) throw new UberError("customer_not_found");
  return { partnerId: partner.partner_id, organizationId: partner.organization_id, live: partner.live };
}

async function bodyOf(c: Context): Promise<unknown> {
  const body = await readJson(c.req.raw, c.req.header("content-length"), c.req.header("content-type"));
  const read = z.looseObject({}).safeParse(body ?? {});
  if (!read.success) throw new UberError("invalid_params", { body: "not a JSON object" });
  return read.data;
}

function idOf(c: Context): string {
  return c.req.param("delivery_id") ?? "";
}
