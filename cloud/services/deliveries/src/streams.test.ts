import { deliveryTable, type DeliveryState } from "@kerbside/proto/states/delivery";
import { isState, isStep, terminalStates } from "@kerbside/proto/states/table";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

type Report = (delivery: Delivery) => Promise<void>;

const mission =
  (happened: "departed" | "arrived" | "aborted", stop: "pickup" | "dropoff" | "return", reason?: string): Report =>
  (delivery) =>
    world.robot.mission(delivery, happened, { stop, ...(reason ? { reason } : {}) });
const custody =
  (...hands: Parameters<World["robot"]["custody"]>[1]): Report =>
  (delivery) =>
    world.robot.custody(delivery, hands);

const toDoor = [
  mission("departed", "pickup"),
  mission("arrived", "pickup"),
  mission("departed", "dropoff"),
  mission("arrived", "dropoff"),
];

/** What a robot recorded on one trip, on its two streams, each in its order. */
const trips: Readonly<Record<string, { p0: readonly Report[]; p1: readonly Report[]; end: DeliveryState }>> = {
  delivered: { p0: [custody("merchant", "robot"), custody("robot", "customer")], p1: toDoor, end: "delivered" },
  returned: {
    p0: [custody("merchant", "robot"), custody("robot", "merchant")],
    p1: [
      ...toDoor,
      mission("aborted", "dropoff", "nobody_came"),
      mission("departed", "return"),
      mission("arrived", "return"),
    ],
    end: "returned",
  },
};

/** The two streams as one, in the order that the coin says; each keeps its own. */
function interleaved(p0: readonly Report[], p1: readonly Report[], coin: readonly boolean[]): readonly Report[] {
  const [first, second] = [[...p0], [...p1]];
  const reports: Report[] = [];
  for (const isFirst of [...coin, ...p0.map(() => true), ...p1.map(() => false)]) {
    const next = (isFirst ? first : second).shift();
    if (next) reports.push(next);
  }
  return reports;
}

const endings = terminalStates(deliveryTable);

function isLegal(step: string): boolean {
  const [from = "", to = ""] = step.split(">");
  return isState(deliveryTable, from) && isState(deliveryTable, to) && isStep(deliveryTable, from, to);
}

test.each(Object.entries(trips))(
  "however a robot's two streams interleave, its trip ends as %s, once, by legal steps, with no guess left",
  async (_title, { p0, p1, end }) => {
    const coins = fc.array(fc.boolean(), { maxLength: p0.length + p1.length });
    await fc.assert(
      fc.asyncProperty(coins, async (coin) => {
        const delivery = await world.assigned();

        for (const report of interleaved(p0, p1, coin)) await report(delivery);

        const path = await world.path(delivery.delivery_id);
        expect(path.at(-1)).toBe(end);
        expect(path.filter((state) => state.endsWith("?"))).toEqual([]);
        const told = (await world.told(delivery.delivery_id)).slice(1);
        expect(told.filter((step) => !isLegal(step))).toEqual([]);
        expect(told.filter((step) => endings.some((state) => step.endsWith(`>${state}`)))).toHaveLength(1);
        expect(await world.incidents(delivery.delivery_id)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  },
);
