import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { type Ground, openGround } from "./platform.node.ts";
import { type Credential, foundTenant, only, order, type Partner, partnerKey, type Tenant } from "./tenant.ts";

/** The platform with two tenants who must not see each other, and in the first what everybody else is after. */
export interface World extends Ground {
  readonly aspan: Tenant;
  readonly boran: Tenant;
  /** Of the first partner, at the north store. */
  readonly delivery: string;
  /** Of the first partner too, for another customer. */
  readonly otherDelivery: string;
  readonly secondPartners: string;
  readonly southern: string;
  readonly viewLink: Link;
  readonly unlockLink: Link;
  readonly otherLink: Link;
  /** The first partner's key for tests. */
  readonly testKey: Partner;
  /** A key of the first partner that may not order. */
  readonly narrowKey: Partner;
  readonly webhook: string;
  readonly webhookMessage: string;
  /** Where the first tenant's robot is sent, for what, and with which attempt. */
  readonly trip: string;
  readonly mission: string;
  readonly attempt: string;
  readonly quote: string;
}

export interface Link {
  readonly id: string;
  readonly token: string;
  readonly bearer: Credential;
}

/** Until what happens behind the scenes has happened, at most ten seconds. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAtMs = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > giveUpAtMs) throw new Error(`after ten seconds still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function startWorld(postgresUrl: string): Promise<World> {
  await using undo = new AsyncDisposableStack();
  const ground = undo.use(await openGround(postgresUrl));
  const { platform } = ground;
  await until(async () => (await platform.readiness()).ready, "the platform is ready");
  const [aspan, boran] = await Promise.all([foundTenant(platform, "aspan"), foundTenant(platform, "boran")]);
  const orders = await placeOrders(ground, aspan, boran);
  const keys = { organization_id: aspan.organizationId, partner_name: "aspan First", partner_id: aspan.first.id };
  const hook = await nameWebhook(ground, aspan, undo);
  const owned = undo.move();
  return {
    ...ground,
    aspan,
    boran,
    ...orders,
    testKey: await partnerKey(platform, { ...keys, live: false }),
    narrowKey: await partnerKey(platform, { ...keys, scopes: ["direct.organizations"] }),
    ...hook,
    ...(await plantTrip(ground, aspan, orders.delivery)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function placeOrders({ platform, sql }: Ground, aspan: Tenant, boran: Tenant) {
  const north = { tenant: aspan, partner: aspan.first, store: aspan.north };
  const delivery = await order(platform, north, { external_id: "p-one-1", name: "aspan p-one customer" });
  const otherDelivery = await order(platform, north, { external_id: "p-one-2", name: "aspan p-one other" });
  const second = { ...north, partner: aspan.second };
  const secondPartners = await order(platform, second, { external_id: "p-two-1", name: "aspan p-two customer" });
  const south = { tenant: aspan, partner: null, store: aspan.south };
  const southern = await order(platform, south, { external_id: "south-1", name: "aspan south customer" });
  const theirs = { tenant: boran, partner: boran.first, store: boran.north };
  await order(platform, theirs, { external_id: "boran-1", name: "boran customer" });
  const deliveries = platform.client("deliveries", deliveryRoutes);
  const link = async (delivery_id: string, scope: "view" | "unlock"): Promise<Link> => {
    const made = await deliveries.createTrackingLink({ params: { delivery_id }, body: { scope } });
    const token = only(made.url.split("#")[1]);
    return { id: made.link_id, token, bearer: { authorization: `Bearer ${token}` } };
  };
  const { dropoff } = await deliveries.getDelivery({ params: { delivery_id: delivery } });
  const on_behalf_of = { organization_id: aspan.organizationId, partner_id: aspan.first.id };
  const quoted = await deliveries.createQuote({
    body: { on_behalf_of, store_id: aspan.north, dropoff: { place: dropoff.address.place } },
  });
  await until(async () => {
    const known = "select from state.delivery where delivery_id = $1";
    const planned = "select from dispatch.plan where delivery_id = $1";
    return (await sql(known, [southern])).length > 0 && (await sql(planned, [southern])).length > 0;
  }, "the other services know the deliveries");
  return {
    delivery,
    otherDelivery,
    secondPartners,
    southern,
    viewLink: await link(delivery, "view"),
    unlockLink: await link(delivery, "unlock"),
    otherLink: await link(otherDelivery, "unlock"),
    quote: quoted.quote_id,
  };
}

/** A receiver on this machine that hears everything and keeps nothing. */
async function nameWebhook({ platform }: Ground, { organizationId, first }: Tenant, undo: AsyncDisposableStack) {
  const server = createServer((request, response) => void request.resume().on("end", () => response.end("ok")));
  const url = await listening(server);
  undo.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const integrations = platform.client("integrations", integrationsRoutes);
  const made = await integrations.createWebhook({
    body: { url, partner_id: first.id, organization_id: organizationId, description: "aspan p-one hook" },
  });
  const params = { endpoint_id: made.endpoint_id };
  const response = await fetch(`${platform.url}/v1/webhooks/${params.endpoint_id}/test`, {
    method: "POST",
    headers: { ...first.bearer },
  });
  const message: unknown = await response.json();
  const id: unknown = typeof message === "object" && message !== null ? Reflect.get(message, "message_id") : undefined;
  if (typeof id !== "string") throw new Error(`no test message: ${JSON.stringify(message)}`);
  return { webhook: made.endpoint_id, webhookMessage: id };
}

export function listening(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address) resolve(`http://127.0.0.1:${address.port}/hook`);
      else reject(new Error("the receiver listens nowhere"));
    });
  });
}

/** A trip needs a robot on the road; here mission, trip and attempt are written where operations would write them. */
async function plantTrip(
  { sql }: Ground,
  tenant: Tenant,
  delivery_id: string,
): Promise<Pick<World, "trip" | "mission" | "attempt">> {
  const [trip_id, mission_id, attempt_id] = [randomUUID(), randomUUID(), randomUUID()];
  const of = { organization_id: tenant.organizationId, robot_id: tenant.robot.id, delivery_id, attempt_id };
  const now = new Date().toISOString();
  const issued_ms = Date.parse(now);
  const stop = { kind: "hub", place: { lat: 51.13, lng: 71.43 }, route: [], wait_limit_ms: null };
  const program = {
    v: 1,
    ...of,
    mission_id,
    trip_id,
    fencing_token: 1,
    compartment: 0,
    stops: [stop],
    issued_at: issued_ms,
  };
  await insert(sql, "operations.attempt", { ...of, updated_at: now });
  await insert(sql, "operations.mission", {
    ...of,
    mission_id,
    body: JSON.stringify(program),
    status: "issued",
    at_stop: false,
    issued_ms,
    issued_at: now,
  });
  await insert(sql, "operations.trip", {
    ...of,
    trip_id,
    mission_id,
    trip_type: "delivery",
    serves: JSON.stringify(["hub"]),
    state: "planned",
    state_since: now,
    distance_planned_m: 1,
    created_at: now,
    steps: "[]",
  });
  return { trip: trip_id, mission: mission_id, attempt: attempt_id };
}

async function insert(sql: Ground["sql"], table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_column, index) => `$${index + 1}`);
  await sql(`insert into ${table} (${columns.join(", ")}) values (${places.join(", ")})`, Object.values(row));
}

/** Somebody who was just added to the first tenant, for what cannot be undone. */
export async function newcomer({ platform, aspan }: World): Promise<string> {
  const called = randomUUID();
  const { user } = await platform.client("accounts", accountsRoutes).createUser({
    body: {
      organization_id: aspan.organizationId,
      email: `${called}@aspan.example`,
      name: "aspan newcomer",
      role: "mechanic",
    },
  });
  return user.user_id;
}
