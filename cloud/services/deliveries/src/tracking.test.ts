import { toInstant } from "@kerbside/proto/base/time";
import { unlockRequested } from "@kerbside/proto/events/deliveries";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { trackingLink } from "./tables.ts";
import { ops, partner } from "./people.fixture.ts";
import { makeWorld, order, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.freeRobots());

const minute = 60_000;
const tokenOf = (url: unknown) => String(url).split("#")[1] ?? "";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a browser that holds this link gets. */
async function visit(token: string, path = "/v1/tracking", body?: object): Promise<Answer> {
  const answer = await world.started.request(path, {
    method: path === "/v1/tracking" ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: z.record(z.string(), z.unknown()).parse(await answer.json()) };
}

const press = (token: string, request_id: string = crypto.randomUUID()) =>
  visit(token, "/v1/tracking/open", { request_id });

async function shared(token: string): Promise<string> {
  const { body } = await visit(token, "/v1/tracking/share");
  return tokenOf(body["url"]);
}

async function atDoor(): Promise<Delivery> {
  const delivery = await world.assigned();
  await world.robot.reachesDoor(delivery);
  return delivery;
}

describe("the customer's page", () => {
  test("shows state, times, steps and PIN to whoever holds the link, and no names or numbers", async () => {
    const delivery = await atDoor();

    const { status, body } = await visit(tokenOf(delivery.tracking_url));

    expect(status).toBe(200);
    expect(body).toMatchObject({
      delivery_id: delivery.delivery_id,
      scope: "unlock",
      merchant_name: "Plov Central",
      state: "arrived_at_dropoff",
      robot_name: "Kaz 1",
      waits_until: toInstant(world.clock.now() + 10 * minute),
      can_open: true,
      why_not: null,
      last_unlock: null,
    });
    expect(body["pin"]).toMatch(/^\d{6}$/);
    expect(JSON.stringify(body["steps"])).toContain('"picked_up"');
    const text = JSON.stringify(body);
    for (const secret of [order.dropoff.name, order.dropoff.phone ?? "", "+77172000000", delivery.attempt_id ?? ""]) {
      expect(text).not.toContain(secret);
    }
  });

  test("shows the PIN between the assignment and the end, the same to every visit", async () => {
    const waiting = await world.order();
    const token = tokenOf(waiting.tracking_url);
    const pin = async () => (await visit(token)).body["pin"];

    expect(await pin()).toBeNull();
    await world.plan(waiting.delivery_id);
    const shown = await pin();
    expect(shown).toMatch(/^\d{6}$/);
    const delivery = await world.find(waiting.delivery_id);
    await world.robot.reachesDoor(delivery);
    expect(await pin()).toBe(shown);
    await world.robot.custody(delivery, ["robot", "customer"]);

    expect(await pin()).toBeNull();
  });

  test("shows no PIN for goods on their way back", async () => {
    const delivery = await atDoor();

    await world.robot.mission(delivery, "aborted", { stop: "dropoff", reason: "nobody_came" });

    const { body } = await visit(tokenOf(delivery.tracking_url));
    expect(body).toMatchObject({ state: "enroute_to_return", pin: null, can_open: false, waits_until: null });
  });

  test("says why it cannot open before the robot is there", async () => {
    const delivery = await world.assigned();

    const { body } = await visit(tokenOf(delivery.tracking_url));

    expect(body).toMatchObject({
      can_open: false,
      why_not: "The robot is not at your door yet.",
      waits_until: null,
    });
  });

  test("is not for partners, ops or nobody", async () => {
    expect((await world.started.request("/v1/tracking", {}, partner)).status).toBe(403);
    expect((await world.started.request("/v1/tracking", {}, ops)).status).toBe(403);
    expect((await world.started.request("/v1/tracking")).status).toBe(401);
  });

  test("opens nothing else", async () => {
    const delivery = await atDoor();
    const authorization = `Bearer ${tokenOf(delivery.tracking_url)}`;

    const others = ["/v1/deliveries", `/v1/deliveries/${delivery.delivery_id}`, "/v1/quotes/x"];
    const answers = await Promise.all(
      others.map((path) => world.started.request(path, { headers: { authorization } })),
    );

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });
});

describe("the customer opens", () => {
  test("and the robot is asked once, however often the button is pressed", async () => {
    const delivery = await atDoor();
    const token = tokenOf(delivery.tracking_url);
    const request_id = crypto.randomUUID();

    const first = await press(token, request_id);
    const again = [await press(token, request_id), await press(token)];

    expect(first).toEqual({ status: 202, body: { request_id, status: "requested" } });
    expect(again).toEqual([first, first]);
    const asked = (await world.started.events(unlockRequested)).filter(
      (one) => one.subject_id === delivery.delivery_id,
    );
    expect(asked).toMatchObject([{ actor: { kind: "customer" }, body: { request_id, purpose: "unload" } }]);
    const { body } = await visit(token);
    expect(body).toMatchObject({
      can_open: false,
      why_not: "The robot is opening already.",
      last_unlock: { request_id, status: "requested" },
    });
  });

  test("and sees the lid move", async () => {
    const delivery = await atDoor();
    const token = tokenOf(delivery.tracking_url);
    const id = crypto.randomUUID();
    await press(token, id);

    const about = { purpose: "unload", authorisation: { kind: "command", id } } as const;
    await world.robot.lid(delivery, ["closed_unlocked", "open"], about);

    expect((await visit(token)).body).toMatchObject({ last_unlock: { request_id: id, status: "opened" } });
  });

  test("not before the robot is at the door", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);

    const { status, body } = await press(tokenOf(delivery.tracking_url));

    expect([status, body["code"]]).toEqual([409, "robot_not_at_stop"]);
  });

  test("not after it was delivered", async () => {
    const delivery = await atDoor();
    await world.robot.custody(delivery, ["robot", "customer"]);

    const { body } = await press(tokenOf(delivery.tracking_url));

    expect(body["code"]).toBe("robot_not_at_stop");
  });

  test("not with a request that names nothing", async () => {
    const delivery = await atDoor();

    const { status, body } = await visit(tokenOf(delivery.tracking_url), "/v1/tracking/open", { request_id: "now" });

    expect([status, body]).toMatchObject([400, { errors: [{ pointer: "/request_id" }] }]);
  });
});

describe("a link to watch", () => {
  test("can be made from the customer's page, shows no PIN and cannot open", async () => {
    const delivery = await atDoor();
    const watching = await shared(tokenOf(delivery.tracking_url));

    const { body } = await visit(watching);
    const pressed = await press(watching);

    expect(body).toMatchObject({
      scope: "view",
      state: "arrived_at_dropoff",
      pin: null,
      can_open: false,
      why_not: "This link shows the delivery, it cannot open the lid.",
    });
    expect([pressed.status, pressed.body["code"]]).toEqual([403, "unlock_not_permitted"]);
  });

  test("makes further links to watch, never one that opens", async () => {
    const delivery = await atDoor();

    const second = await shared(await shared(tokenOf(delivery.tracking_url)));

    expect((await visit(second)).body["scope"]).toBe("view");
  });
});

describe("links to watch are many, not without end", () => {
  test("the customer's page makes twenty and says why no more, which those who ordered may still", async () => {
    const delivery = await world.order();
    const token = tokenOf(delivery.tracking_url);
    const watching: string[] = [];
    for (let n = 0; n < 20; n += 1) watching.push(await shared(token));

    const { status, body } = await visit(token, "/v1/tracking/share", {});

    expect([status, body["code"]]).toEqual([409, "too_many_links"]);
    expect((await visit(watching[0] ?? "")).status).toBe(200);
    const params = { delivery_id: delivery.delivery_id };
    const made = await world.started.client(partner).createTrackingLink({ params, body: { scope: "view" } });
    expect((await visit(tokenOf(made.url))).status).toBe(200);
  });

  test("and whoever ordered may make fifty of a kind, and as many anew when the old ones are void", async () => {
    const { delivery_id } = await world.order();
    const params = { delivery_id };
    const make = () => world.started.client(partner).createTrackingLink({ params, body: { scope: "unlock" } });
    for (let n = 0; n < 49; n += 1) await make();

    await expect(make()).rejects.toMatchObject({ code: "too_many_links", details: { max: 50, scope: "unlock" } });
    await world.started.client(partner).revokeTrackingLinks({ params });

    expect((await make()).scope).toBe("unlock");
  });

  test("of which the same request makes one, however often it is sent", async () => {
    const delivery = await world.order();
    const headers = {
      authorization: `Bearer ${tokenOf(delivery.tracking_url)}`,
      "idempotency-key": crypto.randomUUID(),
    };
    const share = () => world.started.request("/v1/tracking/share", { method: "POST", headers });

    const [first, again] = [await (await share()).json(), await (await share()).json()];

    expect(again).toEqual(first);
  });
});

describe("a link dies", () => {
  const refused = { type: "/docs/faults#customer_link_refused", status: 404, code: "customer_link_refused" };

  test("with the same answer whether it was guessed, revoked or has run out", async () => {
    const revoked = await world.order();
    await world.started.client(partner).revokeTrackingLinks({ params: { delivery_id: revoked.delivery_id } });
    const old = await world.order();
    await world.clock.advance(7 * 24 * 60 * minute);

    const tokens = [
      `trk_${"a".repeat(43)}`,
      "trk_short",
      tokenOf(revoked.tracking_url),
      tokenOf(old.tracking_url),
      tokenOf(old.tracking_url).slice(0, -1),
    ];
    const answers = await Promise.all(tokens.flatMap((token) => [visit(token), press(token)]));

    for (const { status, body } of answers) {
      const { request_id: _, ...same } = body;
      expect([status, same]).toEqual([404, { ...refused, title: "This link is unknown, expired or revoked." }]);
    }
  });

  test("a day after the delivery", async () => {
    const delivery = await atDoor();
    const token = tokenOf(delivery.tracking_url);
    await world.robot.custody(delivery, ["robot", "customer"]);

    await world.clock.advance(24 * 60 * minute - 1);
    expect((await visit(token)).body).toMatchObject({ state: "delivered" });
    await world.clock.advance(1);

    expect((await visit(token)).status).toBe(404);
  });

  test("all of a delivery at once, shared ones too, and a new one can be made", async () => {
    const delivery = await atDoor();
    const params = { delivery_id: delivery.delivery_id };
    const watching = await shared(tokenOf(delivery.tracking_url));

    await world.started.client(ops).revokeTrackingLinks({ params });
    const dead = [(await visit(watching)).status, (await visit(tokenOf(delivery.tracking_url))).status];
    expect((await world.find(delivery.delivery_id)).tracking_url).toBeNull();
    const link = await world.started.client(ops).createTrackingLink({ params, body: { scope: "unlock" } });

    expect(dead).toEqual([404, 404]);
    expect((await visit(tokenOf(link.url))).body).toMatchObject({ scope: "unlock", can_open: true });
    expect((await world.find(delivery.delivery_id)).tracking_url).toBe(link.url);
  });

  test("and none is made for a delivery that has ended", async () => {
    const delivery = await atDoor();
    await world.robot.custody(delivery, ["robot", "customer"]);
    const params = { delivery_id: delivery.delivery_id };

    const made = world.started.client(partner).createTrackingLink({ params, body: { scope: "view" } });

    await expect(made).rejects.toMatchObject({ code: "delivery_ended" });
  });
});

test("the database knows hashes of tokens, never a token", async () => {
  const delivery = await world.order();

  const rows = JSON.stringify(await world.started.db.select().from(trackingLink));

  expect(rows).not.toContain(tokenOf(delivery.tracking_url).slice(4));
});

test("looking at a page changes nothing, however often a preview bot does", async () => {
  const delivery = await atDoor();
  const before = await world.find(delivery.delivery_id);

  for (let visits = 0; visits < 3; visits += 1) await visit(tokenOf(delivery.tracking_url));

  expect(await world.find(delivery.delivery_id)).toEqual(before);
});
