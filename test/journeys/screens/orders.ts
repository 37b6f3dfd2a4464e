import { toInstant } from "@kerbside/proto/base/time";
import type { Place } from "@kerbside/proto/base/place";
import { planEvent } from "@kerbside/proto/events/deliveries";
import { custodyChanged, missionProgressed } from "@kerbside/proto/events/robots";
import { type Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { MapLeg } from "@kerbside/proto/routes/maps";
import { mapsRoutes } from "@kerbside/proto/routes/maps";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { expect } from "@playwright/test";
import type { Organization } from "./organization.ts";
import type { RobotRow } from "./robots.ts";
import type { Stage } from "./stage.node.ts";

const longAgo = { epoch: 1, stream: "p1" } as const;

/** Orders deliveries, and says what dispatch and robots say, until they are where a screen wants them. */
export class Orders {
  readonly #stage: Stage;
  readonly #organization: Organization;
  #seq = 0;

  constructor(stage: Stage, organization: Organization) {
    this.#stage = stage;
    this.#organization = organization;
  }

  async place(storeIndex: number, doorIndex: number, externalId: string): Promise<Delivery> {
    const { id, stores, doors } = this.#organization;
    const store = stores[storeIndex];
    const door = doors[doorIndex];
    if (!store || !door) throw new RangeError(`no store ${storeIndex} or door ${doorIndex}`);
    return this.#deliveries().createDelivery({
      body: {
        external_id: externalId,
        store_id: store.store_id,
        dropoff: { address: door, name: "Aigerim", phone: "+77172123456" },
        items: [{ name: "Soup", quantity: 2 }],
        on_behalf_of: { organization_id: id, partner_id: null },
      },
    });
  }

  /** Brings a fresh delivery with this robot as far as the state, each step as long ago as it would have been. */
  async bring(delivery: Delivery, robot: RobotRow, to: DeliveryState): Promise<Delivery> {
    const { delivery_id } = delivery;
    await this.#assign(delivery, robot);
    const confirmed = await this.reaches(delivery_id, "confirmed");
    const way = waysTo[to] ?? [];
    const nowMs = Date.now();
    for (const [index, step] of way.entries()) {
      const event_time = toInstant(nowMs - (way.length - index) * 180_000);
      await (step.type === "mission"
        ? this.#mission(confirmed, robot, { ...step, event_time })
        : this.#custody(confirmed, robot, { ...step, event_time }));
    }
    return this.reaches(delivery_id, to);
  }

  async reaches(delivery_id: string, state: DeliveryState): Promise<Delivery> {
    await expect.poll(async () => (await this.find(delivery_id)).state, { timeout: 20_000 }).toBe(state);
    return this.find(delivery_id);
  }

  find(delivery_id: string): Promise<Delivery> {
    return this.#deliveries().getDelivery({ params: { delivery_id } });
  }

  revokeLinks(delivery_id: string): Promise<void> {
    return this.#deliveries().revokeTrackingLinks({ params: { delivery_id } });
  }

  cancel(delivery_id: string): Promise<Delivery> {
    return this.#deliveries().cancelDelivery({ params: { delivery_id }, body: {} });
  }

  /** The link that the customer was given with the order. */
  async customerLink(delivery_id: string): Promise<string> {
    return (await this.find(delivery_id)).tracking_url ?? "";
  }

  async link(delivery_id: string, scope: "view" | "unlock"): Promise<string> {
    const { url } = await this.#deliveries().createTrackingLink({ params: { delivery_id }, body: { scope } });
    return url;
  }

  async #assign({ delivery_id, pickup, dropoff }: Delivery, robot: RobotRow): Promise<void> {
    const [hub] = this.#organization.hubs;
    if (!hub) throw new Error("the organization has no hub");
    const start: Place = robot.lat === null || robot.lng === null ? hub.place : { lat: robot.lat, lng: robot.lng };
    const { legs } = await this.#stage.platform.client("maps", mapsRoutes).route({
      body: { places: [start, pickup.address.place, dropoff.address.place, hub.place] },
    });
    const stops = ["pickup", "dropoff", "hub"] as const;
    const later = (minutes: number) => toInstant(Date.now() + minutes * 60_000);
    await this.#stage.tell("dispatch", planEvent, [
      {
        subject_id: delivery_id,
        organization_id: this.#organization.id,
        event_time: toInstant(Date.now()),
        actor: { kind: "service", id: "dispatch" },
        body: {
          happened: "robot_assigned",
          delivery_id,
          robot_id: robot.robot_id,
          robot_name: robot.name,
          hub: { hub_id: hub.hub_id, place: hub.place },
          legs: legs.flatMap((leg: MapLeg, index) => {
            const stop = stops[index];
            return stop ? [{ ...leg, to: stop }] : [];
          }),
          eta_pickup_at: later(4),
          eta_dropoff_p50_at: later(12),
          eta_dropoff_p90_at: later(19),
        },
      },
    ]);
  }

  async #mission(
    { delivery_id, attempt_id }: Delivery,
    { robot_id }: RobotRow,
    step: MissionStep & { readonly event_time: string },
  ): Promise<void> {
    this.#seq += 1;
    await this.#stage.tell("robot_gateway", missionProgressed, [
      {
        ...this.#by(robot_id, step.event_time),
        robot_seq: { ...longAgo, seq: this.#seq },
        body: {
          robot_id,
          mission_id: crypto.randomUUID(),
          trip_id: null,
          delivery_id,
          attempt_id,
          happened: step.happened,
          stop: step.stop,
          place: null,
          reason: step.reason ?? null,
        },
      },
    ]);
  }

  async #custody(
    { delivery_id, attempt_id }: Delivery,
    { robot_id }: RobotRow,
    step: CustodyStep & { readonly event_time: string },
  ): Promise<void> {
    await this.#stage.tell("robot_gateway", custodyChanged, [
      {
        ...this.#by(robot_id, step.event_time),
        body: {
          robot_id,
          delivery_id,
          attempt_id: attempt_id ?? crypto.randomUUID(),
          fencing_token: 1,
          compartment: 0,
          from: step.from,
          to: step.to,
          cycle_id: crypto.randomUUID(),
          place: null,
        },
      },
    ]);
  }

  #by(robotId: string, event_time: string) {
    const actor = { kind: "robot", id: robotId } as const;
    return { subject_id: robotId, organization_id: this.#organization.id, event_time, actor };
  }

  #deliveries() {
    return this.#stage.platform.client("deliveries", deliveryRoutes);
  }
}

interface MissionStep {
  readonly type: "mission";
  readonly happened: "departed" | "arrived" | "stop_completed";
  readonly stop: "pickup" | "dropoff" | "return";
  readonly reason?: string;
}
interface CustodyStep {
  readonly type: "custody";
  readonly from: "merchant" | "robot";
  readonly to: "robot" | "customer";
}
type Step = MissionStep | CustodyStep;

const departed = (stop: MissionStep["stop"]): Step => ({ type: "mission", happened: "departed", stop });
const arrived = (stop: MissionStep["stop"]): Step => ({ type: "mission", happened: "arrived", stop });

const toStore: readonly Step[] = [departed("pickup"), arrived("pickup")];
const toDoor: readonly Step[] = [
  ...toStore,
  { type: "custody", from: "merchant", to: "robot" },
  departed("dropoff"),
  arrived("dropoff"),
];

const waysTo: Partial<Record<DeliveryState, readonly Step[]>> = {
  enroute_to_pickup: toStore.slice(0, 1),
  arrived_at_pickup: toStore,
  picked_up: toDoor.slice(0, 3),
  enroute_to_dropoff: toDoor.slice(0, 4),
  arrived_at_dropoff: toDoor,
  delivered: [...toDoor, { type: "custody", from: "robot", to: "customer" }],
  enroute_to_return: [...toDoor, { type: "mission", happened: "departed", stop: "return", reason: "nobody_came" }],
};
