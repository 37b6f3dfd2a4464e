import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import type { Client } from "@kerbside/proto/base/client";
import { type Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { DeliveryHistory } from "@kerbside/proto/routes/delivery-history";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { stateRoutes } from "@kerbside/proto/routes/state";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import type { CityRobot } from "@kerbside/sim/fleet/city-robot";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { expect } from "@playwright/test";
import type * as z from "zod";
import { expectTwoOpenings } from "./openings.ts";

const ends: readonly DeliveryState[] = ["delivered", "returned", "cancelled", "failed"];
/** What follows an end of its own accord, such as the trip's. */
const settlesMs = 15_000;
const cloudIsBackMs = 60_000;

/** One delivery of the city, watched from outside. */
export class Watch {
  readonly deliveryId: string;
  readonly #city: RunningCity;

  constructor(city: RunningCity, deliveryId: string) {
    this.#city = city;
    this.deliveryId = deliveryId;
  }

  async delivery(): Promise<Delivery> {
    return this.#ask((deliveries) => deliveries.getDelivery({ params: { delivery_id: this.deliveryId } }));
  }

  async history(): Promise<z.infer<typeof DeliveryHistory>> {
    return this.#ask((deliveries) => deliveries.getDeliveryHistory({ params: { delivery_id: this.deliveryId } }));
  }

  /** Waits for the step; says which ones there were when it does not come. */
  async reaches(state: DeliveryState, timeout: number): Promise<Delivery> {
    const message = `the delivery reaches ${state}; its steps so far`;
    await expect.poll(() => this.#steps(), { message, timeout }).toContain(state);
    return this.delivery();
  }

  /** The robot that carries it. */
  async robot(): Promise<CityRobot> {
    const { robot_id } = await this.delivery();
    const robot = this.#city.robots.find(({ robotId }) => robotId === robot_id);
    if (!robot) throw new Error(`delivery ${this.deliveryId} has the robot ${robot_id}, which is not of this city`);
    return robot;
  }

  /** It is over once, nothing was lost on the way and nothing opened twice: by every record there is, and by the lid. */
  async expectDelivered({ robotId, body: { lid } }: CityRobot): Promise<void> {
    const { steps, attempts } = await this.history();
    expect(steps.map(({ to }) => to).filter((state) => ends.includes(state))).toEqual(["delivered"]);
    expect(attempts).toMatchObject([{ state: "succeeded" }]);
    expectUnlatchedTwice(lid);
    await expect(() => this.#expectRecords(), "custody, lid cycles and trip agree").toPass({ timeout: settlesMs });
    const of = { robotId, deliveryId: this.deliveryId };
    const opened = "lid, journal, lid cycles and audit log tell of the same openings";
    await expect(() => expectTwoOpenings(lid, this.#city, of), opened).toPass({ timeout: settlesMs });
  }

  async #expectRecords(): Promise<void> {
    const { robot_id, attempt_id } = await this.delivery();
    const params = { delivery_id: this.deliveryId };
    const custody = await this.#city.platform.client("state", stateRoutes).getCustody({ params });
    expect(custody).toMatchObject({ is_whole: true, holder: "customer" });
    expect(custody.items.map(({ from, to, violation }) => [from, to, violation])).toEqual([
      ["merchant", "robot", null],
      ["robot", "customer", null],
    ]);
    expect(new Set(custody.items.map((item) => item.attempt_id))).toEqual(new Set([attempt_id]));
    const cycles = await this.#city.platform
      .client("state", stateRoutes)
      .listLidCycles({ params: { robot_id: robot_id ?? "" }, query: params });
    expect(cycles.items.map(({ purpose }) => purpose)).toEqual(["unload", "load"]);
    expect(cycles.items.every(({ closed_at, ended_at }) => closed_at !== null && ended_at !== null)).toBe(true);
    const trips = await this.#city.platform.client("operations", operationsRoutes).listTrips({ query: params });
    expect(trips.items).toMatchObject([{ state: "ended", attempt_id, robot_id }]);
  }

  async #steps(): Promise<readonly string[]> {
    const { steps } = await this.history();
    return steps.map(({ to }) => to);
  }

  /** A cloud that begins anew is asked until it answers. */
  async #ask<T>(question: (deliveries: Client<typeof deliveryRoutes>) => Promise<T>): Promise<T> {
    const answers: T[] = [];
    await expect(async () => {
      answers.push(await question(this.#city.platform.client("deliveries", deliveryRoutes)));
    }, "the cloud answers").toPass({ timeout: cloudIsBackMs });
    const [answer] = answers;
    if (answer === undefined) throw new Error("the cloud answered with nothing");
    return answer;
  }
}

/** The latch was driven open to load and to unload, each time with an authorisation of its own. */
function expectUnlatchedTwice(lid: LidBody): void {
  const releases = lid.energised.filter(({ direction }) => direction === "release");
  expect(releases, "the lid was unlatched to load and to unload, and never else").toHaveLength(2);
  expect(new Set(releases.map(({ hash }) => hash)).size).toBe(2);
  expect({ isOpen: lid.isOpen, isLatched: lid.isLatched, hasGoods: lid.hasGoods }).toEqual({
    isOpen: false,
    isLatched: true,
    hasGoods: false,
  });
}
