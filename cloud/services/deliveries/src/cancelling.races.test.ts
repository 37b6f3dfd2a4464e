import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { attemptEvent, deliveryEvent } from "@kerbside/proto/events/deliveries";
import { Delivery } from "@kerbside/proto/routes/deliveries";
import { deliveryTable, isLoaded } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { merchant, ops, partner } from "./people.fixture.ts";
import { codesIn, makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

/** Where a delivery can stand when somebody wants it to end. */
const stages = ["waiting", "given", "atStore", "loaded", "atDoor", "returning"] as const;
type Stage = (typeof stages)[number];

async function standing(stage: Stage): Promise<Delivery> {
  if (stage === "waiting") return world.order();
  const delivery = await world.assigned();
  if (stage === "given") return delivery;
  await world.robot.reachesStore(delivery);
  if (stage === "atStore") return delivery;
  await world.robot.custody(delivery, ["merchant", "robot"]);
  if (stage === "loaded") return delivery;
  await world.robot.mission(delivery, "departed", { stop: "dropoff" });
  await world.robot.mission(delivery, "arrived", { stop: "dropoff" });
  if (stage === "returning") {
    await world.robot.mission(delivery, "aborted", { stop: "dropoff", reason: "nobody_came" });
  }
  return delivery;
}

type Turn = (delivery: Delivery) => Promise<void>;
const opens =
  (purpose: "load" | "unload"): Turn =>
  (delivery) => {
    const authorisation = { kind: "grant", id: crypto.randomUUID() } as const;
    return world.robot.lid(delivery, ["closed_unlocked", "open"], { purpose, authorisation });
  };
const takesIn: Turn = (delivery) => world.robot.custody(delivery, ["merchant", "robot"]);
const handsOver: Turn = (delivery) => world.robot.custody(delivery, ["robot", "customer"]);
const givesBack: Turn = (delivery) => world.robot.custody(delivery, ["robot", "merchant"]);

/** What the robot may report meanwhile, in the order of its journal. */
const turns: Readonly<Record<Stage, readonly Turn[]>> = {
  waiting: [({ delivery_id }) => world.plan(delivery_id)],
  given: [(delivery) => world.robot.reachesStore(delivery), opens("load"), takesIn],
  atStore: [opens("load"), takesIn],
  loaded: [(delivery) => world.robot.mission(delivery, "departed", { stop: "dropoff" })],
  atDoor: [opens("unload"), handsOver],
  returning: [(delivery) => world.robot.mission(delivery, "arrived", { stop: "return" }), givesBack],
};

/** The commands that presses became, which the robot has to answer. */
let pressed: string[] = [];

const cancel = (by: Principal) => (params: Pick<Delivery, "delivery_id">) =>
  world.started.client(by).cancelDelivery({ params: { delivery_id: params.delivery_id }, body: {} });
const press = (by: Principal) => async (params: Delivery) => {
  const request_id = crypto.randomUUID();
  await world.started.client(by).openLid({ params, body: { request_id } });
  pressed.push(request_id);
};

/** Who wants something at the same time. */
const wishes = [
  ["the partner cancels", cancel(partner)],
  ["the partner cancels again", cancel(partner)],
  ["ops cancel", cancel(ops)],
  ["ops cancel again", cancel(ops)],
  ["the store cancels", cancel(merchant)],
  ["the store opens", press(merchant)],
  ["ops open", press(ops)],
] as const satisfies readonly (readonly [string, (delivery: Delivery) => Promise<unknown>])[];

interface Scene {
  readonly at: Stage;
  /** Which wishes, and how many turns of the robot have been told before each. */
  readonly wanted: readonly { readonly wish: number; readonly after: number }[];
  /** Whether the robot's part takes place, or it only stands there. */
  readonly isPlayed: boolean;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  at: fc.constantFrom(...stages),
  wanted: fc.uniqueArray(
    fc.record({ wish: fc.nat({ max: wishes.length - 1 }), after: fc.integer({ min: 0, max: 3 }) }),
    { selector: ({ wish }) => wish, minLength: 1, maxLength: 5 },
  ),
  isPlayed: fc.boolean(),
});

/** Robot and people at once: nobody waits for the answer to anybody else's wish. Answers what each wish came to. */
async function play({ at, wanted, isPlayed }: Scene, delivery: Delivery) {
  const asked: { readonly name: string; readonly outcome: Promise<PromiseSettledResult<unknown>> }[] = [];
  const ask = (told: number): void => {
    for (const { wish, after } of wanted) {
      const [name, make] = wishes[wish] ?? wishes[0];
      if (after === told) asked.push({ name, outcome: Promise.allSettled([make(delivery)]).then(([one]) => one) });
    }
  };
  const part = isPlayed ? turns[at] : [];
  for (const [told, turn] of part.entries()) {
    ask(told);
    await turn(delivery);
  }
  for (let told = part.length; told <= 3; told += 1) ask(told);
  return Promise.all(asked.map(async ({ name, outcome }) => ({ name, ...(await outcome) })));
}

/** The rest of the story, told truly: the robot heard what was decided, and reports what it did about it. */
async function settle(delivery_id: string): Promise<Delivery> {
  let now = await world.find(delivery_id);
  if (!isTerminal(deliveryTable, now.state) && !isLoaded(now.state)) {
    if (!now.cancel_requested) now = await cancel(partner)(now);
    for (const requestId of pressed) await world.robot.command(delivery_id, requestId, ["delivered", "rejected"]);
    for (const { grant_id, purpose } of await codesIn(world, delivery_id)) {
      if (purpose === "load") await world.robot.revoked(grant_id, false);
    }
    return world.find(delivery_id);
  }
  if (isTerminal(deliveryTable, now.state)) return now;
  const isComingBack = now.cancel_requested || now.state.endsWith("_return");
  if (isComingBack) await world.robot.mission(now, "departed", { stop: "return" });
  if (isComingBack) await world.robot.mission(now, "arrived", { stop: "return" });
  await (isComingBack ? givesBack : handsOver)(now);
  return world.find(delivery_id);
}

const isOf =
  (deliveryId: string) =>
  ({ subject_id }: { readonly subject_id: string }): boolean =>
    subject_id === deliveryId;

test("whoever cancels whenever, a delivery has one ending, true to where the goods were, and everybody a true answer", async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async (scene) => {
      await world.freeRobots();
      pressed = [];
      const { delivery_id, ...rest } = await standing(scene.at);

      const outcomes = await play(scene, { delivery_id, ...rest });
      const ended = await settle(delivery_id);

      const { steps } = await world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
      expect(steps.filter(({ to }) => isTerminal(deliveryTable, to))).toHaveLength(1);
      expect(steps.at(-1)?.to).toBe(ended.state);
      const wereAboard = steps.some(({ to }) => to === "picked_up");
      expect(wereAboard ? ["delivered", "returned"] : ["cancelled"]).toContain(ended.state);
      expect(ended).toMatchObject({ cancel_requested: false });
      const told = (await world.started.events(deliveryEvent)).filter(isOf(delivery_id));
      expect(told.filter(({ body }) => isTerminal(deliveryTable, body.delivery.state))).toHaveLength(1);
      const ends = (await world.started.events(attemptEvent)).filter(
        (one) => isOf(delivery_id)(one) && one.body.happened !== "accepted",
      );
      expect(new Set(ends.map(({ body }) => body.attempt_id)).size).toBe(ends.length);
      for (const { name, ...outcome } of outcomes) expect([name, isTrue(name, outcome, ended)]).toEqual([name, true]);
      const cancels = (await world.started.events(auditEntry)).filter(
        (one) => isOf(delivery_id)(one) && one.body.action === "deliveries/cancel_requested",
      );
      expect(cancels.length).toBeLessThanOrEqual(1);
      await repeated(ended);
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Said yes to: it is cancelled, or on its way to be, or coming back. Said no to: by the reason that fits. */
function isTrue(name: string, outcome: PromiseSettledResult<unknown>, ended: Delivery): boolean {
  if (outcome.status === "rejected") {
    const codes = name.includes("cancel") ? ["delivery_not_cancellable"] : ["robot_not_at_stop", "forbidden"];
    return outcome.reason instanceof Fault && codes.includes(outcome.reason.code);
  }
  if (!name.includes("cancel")) return true;
  const answer = Delivery.parse(outcome.value);
  const isOnItsWay = answer.cancel_requested || answer.state === "cancelled" || answer.state.endsWith("_return");
  return isOnItsWay && (answer.state !== "cancelled" || ended.state === "cancelled");
}

/** Once it is over, the same wish is answered the same for ever. */
async function repeated(ended: Delivery): Promise<void> {
  const refusal = {
    code: "delivery_not_cancellable",
    meaning: { status: 409 },
    details: { state: ended.state, detail: `it is ${ended.state} already` },
  };
  const answer =
    ended.state === "cancelled" ? { status: "fulfilled", value: ended } : { status: "rejected", reason: refusal };

  const again = await Promise.allSettled([partner, ops].map((by) => cancel(by)(ended)));

  expect(again).toMatchObject([answer, answer]);
}
