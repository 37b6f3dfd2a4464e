import { randomUUID } from "node:crypto";
import { createClient } from "@kerbside/proto/base/client.http";
import { pinPolicy } from "@kerbside/proto/robot/grant";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { expect, test } from "vitest";
import type { Errand } from "../world/errand.ts";
import type { Credential } from "../world/tenant.ts";
import { until, type World } from "../world/world.ts";

const { triesMax, lockoutFirstMs } = pinPolicy;

/** Somebody at the robot's keypad who tries one code after the other, at both ends of a delivery. */
export function keypadSuite(world: () => World, errand: () => Errand): void {
  const as = (headers: Credential) =>
    createClient(deliveryRoutes, { baseUrl: world().platform.url, headers: () => headers });
  const staff = () => as(errand().tenant.people.merchant.session);
  const holding = (token: string) => as({ authorization: `Bearer ${token}` });
  const customer = () => holding(errand().linkToken);
  const here = () => ({ params: { delivery_id: errand().deliveryId } });
  const press = () => ({ body: { request_id: randomUUID() } });

  const type = (code: string): Promise<string> => {
    const { keypad } = errand().body;
    const answer = new Promise<string>((resolve) => {
      const leave = keypad.onShow((shown) => {
        leave();
        resolve(shown);
      });
    });
    errand().codes.add(code);
    keypad.type(code);
    return answer;
  };
  const guess = async (right: string): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (let by = 1; by <= triesMax; by += 1) answers.push(await type(other(right, by)));
    return answers;
  };
  const handle = async (work: (lid: Errand["body"]["lid"]["body"]) => void): Promise<void> => {
    const { lid } = errand().body;
    await until(async () => lid.body.openLid(), "the lid opens");
    await until(async () => lid.read().position === "open", "the robot feels that it is open");
    work(lid.body);
    await until(async () => lid.body.closeLid(), "the lid closes");
  };
  const refusals = async (): Promise<readonly unknown[]> => {
    const headers = () => errand().tenant.people.ops.session;
    const gateway = createClient(robotGatewayRoutes, { baseUrl: world().platform.url, headers });
    const params = { robot_id: errand().robotId };
    const { items } = await gateway.listTimeline({ params, query: { type: "unlock_refused" } });
    return items.map(({ body }) => body["reason"]);
  };
  const refused = Array<string>(triesMax).fill("refused");

  test("a load code that is guessed locks the keypad, and ops see it; the page still opens", async () => {
    await errand().reaches("arrived_at_pickup");
    const { code } = await staff().getLoadCode(here());

    expect(await guess(code)).toEqual(refused);
    expect(await type(code)).toBe("locked");

    await until(async () => (await refusals()).length > triesMax, "ops see it");
    expect(await refusals()).toEqual(["keypad_locked", ...Array<string>(triesMax).fill("pin_wrong")]);
    expect(errand().body.lid.body.energised).toEqual([]);
    await Promise.all(Array.from({ length: 10 }, () => staff().openLid({ ...here(), ...press() })));
    await handle((lid) => lid.putGoods());
    await errand().reaches("arrived_at_dropoff");
  });

  test("a customer's PIN is for the link that may open, and goes to nobody else", async () => {
    const { url } = await staff().createTrackingLink({ ...here(), body: { scope: "view" } });
    const watcher = holding(new URL(url).hash.slice(1));

    const { pin } = await customer().getTracking({});

    expect(pin).toMatch(/^\d{6}$/);
    expect(await watcher.getTracking({})).toMatchObject({ scope: "view", pin: null, can_open: false });
    await expect(watcher.openForCustomer(press())).rejects.toMatchObject({ code: "unlock_not_permitted" });
    const { people, first } = errand().tenant;
    for (const headers of [people.admin.session, people.merchant.session, first.bearer]) {
      const told = [await as(headers).getDelivery(here()), await as(headers).getDeliveryHistory(here())];
      expect(JSON.stringify(told)).not.toContain(`"${pin}"`);
    }
  });

  test("a PIN that is guessed locks the keypad for twice as long, and then opens once", async () => {
    const pin = (await customer().getTracking({})).pin ?? "";
    const whenTyped = await type(pin);
    errand().clock.skip(lockoutFirstMs);

    const guessed = await guess(pin);
    errand().clock.skip(lockoutFirstMs);
    const afterOnce = await type(pin);
    errand().clock.skip(lockoutFirstMs);
    const afterTwice = await type(pin);
    await handle((lid) => lid.takeGoods());

    expect([whenTyped, guessed, afterOnce, afterTwice]).toEqual(["locked", refused, "locked", "accepted"]);
    await errand().reaches("delivered");
    expect(await type(pin)).toBe("refused");
    expect(errand().body.lid.body.energised.filter(({ direction }) => direction === "release")).toHaveLength(2);
  });

  test("when the delivery is over its link shows what became of it, opens nothing, and dies", async () => {
    expect(await customer().getTracking({})).toMatchObject({ state: "delivered", pin: null, can_open: false });
    await expect(customer().openForCustomer(press())).rejects.toMatchObject({ code: "robot_not_at_stop" });
    await expect(staff().createTrackingLink({ ...here(), body: { scope: "unlock" } })).rejects.toMatchObject({
      code: "delivery_ended",
    });

    const over = "update deliveries.tracking_link set expires_at = now() - interval '1 second' where delivery_id = $1";
    await world().sql(over, [errand().deliveryId]);
    await expect(customer().getTracking({})).rejects.toMatchObject({ code: "customer_link_refused" });
  });
}

function other(code: string, by: number): string {
  return String((Number(code) + by) % 1_000_000).padStart(6, "0");
}
