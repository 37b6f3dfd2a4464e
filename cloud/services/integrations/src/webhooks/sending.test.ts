import { createHmac } from "node:crypto";
import { toInstant } from "@kerbside/proto/base/time";
import { positionChanged } from "@kerbside/proto/events/robots";
import { CourierUpdateMessage, DeliveryStatusMessage } from "@kerbside/proto/webhooks/partner";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { toUberId } from "../uber/ids.ts";
import { partner, robotId, stranger, type World, world } from "../world.harness.ts";
import { Hooks, never, patience } from "./hooks.harness.ts";

let here: World;
let hooks: Hooks;
beforeAll(async () => {
  here = await world(inject("postgresUrl"));
  hooks = new Hooks(here);
});
afterAll(() => here[Symbol.asyncDispose]());

describe("a partner is told", () => {
  test("of a new order too, which somebody else may have placed in its name", async () => {
    await using hook = await hooks.listening();
    const deliveryId = await hooks.ordered();

    await here.step(deliveryId, "created");
    await hooks.sendAll();

    expect(hook.arrived.map(({ body }) => DeliveryStatusMessage.parse(JSON.parse(body)))).toMatchObject([
      { delivery_id: toUberId("delivery", deliveryId), status: "pending", data: { courier_imminent: false } },
    ]);
  });

  test("each change of status, signed both ways, in the contract's words", async () => {
    await using hook = await hooks.listening();
    const deliveryId = await hooks.ordered();
    for (const state of ["created", "confirmed", "enroute_to_pickup", "arrived_at_pickup", "picked_up"] as const) {
      await here.step(deliveryId, state);
    }

    await hooks.sendAll();

    const told = hook.arrived.map(({ body }) => DeliveryStatusMessage.parse(JSON.parse(body)));
    expect(told.map(({ status, data }) => `${status} ${data.courier_imminent}`)).toEqual([
      "pending false",
      "pickup false",
      "pickup true",
      "pickup_complete false",
    ]);
    expect(told[0]).toMatchObject({
      delivery_id: toUberId("delivery", deliveryId),
      customer_id: partner.id,
      live_mode: true,
    });
    for (const { body, headers } of hook.arrived) {
      const expected = createHmac("sha256", hook.signing_key).update(body).digest("hex");
      expect(headers["x-uber-signature"]).toBe(expected);
      expect(headers["webhook-id"]).toBe(JSON.parse(body).id);
    }
  });

  test("that goods come back, as a delivery of its own", async () => {
    await using hook = await hooks.listening();
    const deliveryId = await hooks.ordered();
    for (const state of ["arrived_at_dropoff", "enroute_to_return", "returned"] as const)
      await here.step(deliveryId, state);

    await hooks.sendAll();

    const told = hook.arrived.map(({ body }) => JSON.parse(body));
    expect(told.map(({ delivery_id, status }) => `${delivery_id.slice(0, 3)} ${status}`)).toEqual([
      "del dropoff",
      "del dropoff",
      "ret dropoff",
      "del returned",
      "ret delivered",
    ]);
  });

  test("nothing of what is another's, and nothing twice", async () => {
    await using hook = await hooks.listening();
    const deliveryId = await hooks.ordered();
    await here.step(deliveryId, "confirmed", { partner_id: stranger.id });
    await here.step(await hooks.ordered(), "confirmed", { partner_id: null });
    await hooks.sendAll();

    expect(hook.arrived).toEqual([]);
  });

  test("and nobody of another organization can name the partner as its own", async () => {
    const elsewhere = { ...partner, organizationId: crypto.randomUUID() };
    const theirs = here.started.client({ ...elsewhere, kind: "user", role: "admin", name: "Eve", storeIds: [] });
    const body = { url: "http://127.0.0.1:9/hook", partner_id: partner.id };

    await expect(theirs.createWebhook({ body })).rejects.toMatchObject({ code: "partner_not_found" });
  });

  test("of what its test keys order at other addresses, as what it is", async () => {
    await using hook = await hooks.listening();
    await using rehearsed = await hooks.listening(undefined, undefined, { ...partner, live: false });
    const deliveryId = await hooks.ordered({ live: false });

    await here.step(deliveryId, "confirmed");
    await hooks.sendAll();

    expect(hook.arrived).toEqual([]);
    expect(rehearsed.arrived.map(({ body }) => DeliveryStatusMessage.parse(JSON.parse(body)))).toMatchObject([
      { delivery_id: toUberId("delivery", deliveryId), status: "pickup", live_mode: false },
    ]);
  });

  test("where the robot is, every 20 s while it is on its way", async () => {
    await using hook = await hooks.listening(undefined, ["event.courier_update"]);
    const deliveryId = await hooks.ordered();
    await here.step(deliveryId, "enroute_to_pickup");
    const stand = (lat: number, at: number) =>
      here.started.deliver(positionChanged, {
        subject_id: robotId,
        organization_id: partner.organizationId,
        event_time: toInstant(at),
        actor: { kind: "robot", id: robotId },
        body: { robot_id: robotId, place: { lat, lng: 71.4 }, battery_pct: 80, at },
      });
    const tick = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await here.clock.advance(1_000);
        await hooks.couriers.tellAll();
        await hooks.sendAll();
      }
    };

    await stand(51.1, here.clock.now());
    await tick(21);
    const expected = { eta_pickup_at: toInstant(here.clock.now()), eta_dropoff_p50_at: "2027-01-05T09:00:00.000Z" };
    await here.step(deliveryId, "enroute_to_pickup", expected);
    await stand(51.2, here.clock.now());
    await stand(51.05, here.clock.now() - 60_000);
    await tick(20);
    await here.step(deliveryId, "delivered");
    await tick(60);

    const told = hook.arrived
      .map(({ body }) => CourierUpdateMessage.parse(JSON.parse(body)))
      .filter(({ delivery_id }) => delivery_id === toUberId("delivery", deliveryId));
    expect(told.map(({ location }) => location.lat)).toEqual([51.1, 51.1, 51.2]);
    expect(told.at(-1)?.data).toMatchObject({
      pickup_eta: expected.eta_pickup_at,
      dropoff_eta: expected.eta_dropoff_p50_at,
    });
    expect(told[0]?.data.dropoff_eta).not.toBe(expected.eta_dropoff_p50_at);
    expect(told[0]?.data.courier).toEqual({ name: "K1", vehicle_type: "robot", location: { lat: 51.1, lng: 71.4 } });
  });
});

test("a partner that does not take where the robot was is not told of the next place before", async () => {
  await using hook = await hooks.listening(
    (_request, response) => response.writeHead(500).end(),
    ["event.courier_update"],
  );
  const deliveryId = await hooks.ordered();
  await here.step(deliveryId, "enroute_to_pickup");
  for (let times = 0; times < 5; times += 1) {
    await here.clock.advance(21_000);
    await hooks.couriers.tellAll();
  }

  const about = (await hook.messages()).filter(({ delivery_id }) => delivery_id === deliveryId);
  expect(about).toHaveLength(1);
});

describe("a message that fails", () => {
  test("is tried ten times over three days, then its address is disabled", async () => {
    await using hook = await hooks.listening((_request, response) => response.writeHead(500).end("broken"));
    await hook.test();

    await hooks.sendAll();
    for (let hours = 0; hours < 90; hours += 1) {
      for (let part = 0; part < 12; part += 1) {
        await here.clock.advance(5 * 60_000);
        await hooks.sendAll();
      }
    }

    const [message] = await hook.messages();
    expect(hook.arrived).toHaveLength(10);
    expect(message).toMatchObject({ state: "exhausted", attempts: 10, next_attempt_at: null });
    expect(await hook.look()).toMatchObject({ state: "disabled", state_reason: expect.stringMatching(/schedule/) });
  });

  test("keeps its id and its body, and the log says what the receiver answered", async () => {
    let tries = 0;
    await using hook = await hooks.listening((_request, response) => {
      tries += 1;
      response.writeHead(tries === 1 ? 500 : 200).end(tries === 1 ? "broken" : "ok");
    });
    const { message_id } = await hook.test();

    await hooks.sendAll();
    await here.clock.advance(6_000);
    await hooks.sendAll();

    const message = await hooks.mine.getWebhookMessage({ params: { ...hook.params, message_id } });
    expect(message).toMatchObject({ state: "succeeded", attempts: 2, payload: hook.arrived[0]?.body });
    expect(message.log.map(({ attempt, status, answer }) => `${attempt} ${status} ${answer}`)).toEqual([
      "1 500 broken",
      "2 200 ok",
    ]);
    expect(new Set(hook.arrived.map(({ body }) => body)).size).toBe(1);
  });

  test("because nobody answers is given up after 15 s and tried again", async () => {
    await using hook = await hooks.listening(() => undefined);
    await hook.test();

    expect(await hooks.sender.begin(never)).toBe(1);
    await expect.poll(() => hook.arrived.length, patience).toBe(1);
    await here.clock.advance(15_000);
    await hooks.sender.idle();

    const [message] = await hook.messages();
    expect(message).toMatchObject({ state: "retrying", attempts: 1 });
  });
});

describe("an address", () => {
  test("that answers 410 is told nothing more until somebody enables it", async () => {
    let status = 410;
    await using hook = await hooks.listening((_request, response) => response.writeHead(status).end());
    await hook.test();
    await hooks.sendAll();
    const gone = await hook.look();
    await here.step(await hooks.ordered(), "confirmed");
    await hooks.sendAll();
    const before = hook.arrived.length;

    status = 200;
    await hooks.mine.enableWebhook({ params: hook.params });
    await hooks.sendAll();

    expect(gone).toMatchObject({ state: "disabled", state_reason: expect.stringMatching(/410/) });
    expect(before).toBe(1);
    expect(hook.arrived).toHaveLength(2);
    expect(await hook.look()).toMatchObject({ state: "active", state_reason: null });
  });

  test.each([
    [429, {}, 30_000],
    [503, { "retry-after": "120" }, 120_000],
  ])("that answers %i is left alone as long as it asks", async (status, headers, pauseMs) => {
    let isBusy = true;
    await using hook = await hooks.listening((_request, response) =>
      response.writeHead(isBusy ? status : 200, headers).end(),
    );
    await hook.test();
    await hooks.sendAll();
    await hook.test();
    await here.clock.advance(pauseMs - 1_000);
    await hooks.sendAll();
    const during = { arrived: hook.arrived.length, state: (await hook.look())?.state };

    isBusy = false;
    await here.clock.advance(2_000);
    await hooks.sendAll();

    expect(during).toEqual({ arrived: 1, state: "throttled" });
    expect(hook.arrived).toHaveLength(3);
    expect((await hook.look())?.state).toBe("active");
  });

  test("that is slow, broken or redirecting holds up nobody else", async () => {
    await using slow = await hooks.listening(() => undefined);
    await using broken = await hooks.listening((request) => request.socket.resetAndDestroy());
    await using away = await hooks.listening((_request, response) => response.writeHead(302, { location: "/" }).end());
    await using good = await hooks.listening();
    const deliveryId = await hooks.ordered();
    for (const state of ["confirmed", "picked_up", "delivered"] as const) await here.step(deliveryId, state);

    await expect
      .poll(async () => {
        await hooks.sender.begin(never);
        return good.arrived.length;
      }, patience)
      .toBe(3);

    expect(good.arrived).toHaveLength(3);
    expect(slow.arrived).toHaveLength(1);
    await here.clock.advance(15_000);
    await hooks.sender.idle();
    for (const { messages } of [slow, broken, away]) {
      expect((await messages()).map(({ state }) => state)).toContain("retrying");
    }
  });

  test("that sends without end has answered", async () => {
    await using hook = await hooks.listening((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const { message_id } = await hook.test();

    await hooks.sendAll();

    const message = await hooks.mine.getWebhookMessage({ params: { ...hook.params, message_id } });
    expect(message).toMatchObject({ state: "succeeded", log: [{ answer: "x".repeat(1_024) }] });
  });
});
