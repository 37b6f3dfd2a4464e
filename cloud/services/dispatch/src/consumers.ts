import { type Consumer, consumer, type ServiceContext } from "@kerbside/cloud-kit/service";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { availabilityChanged } from "@kerbside/proto/events/fleet";
import { hear, isToSolve } from "./plan.ts";
import { PgPicture } from "./store.pg.ts";

export interface ConsumerParts extends Pick<ServiceContext, "clock"> {
  /** Tells the solver that something is about to be committed. */
  readonly wake: () => void;
}

/** Keeps our own picture of what waits and of who could carry it. */
export function dispatchConsumers({ clock, wake }: ConsumerParts): readonly Consumer[] {
  return [
    consumer(deliveryEvent, async (event, tx) => {
      const { organization_id: organizationId, causation_id: causationId } = event;
      if (organizationId === null) throw new Error("a delivery belongs to an organization");
      const { delivery } = event.body;
      const picture = new PgPicture(tx);
      const before = await picture.lock(delivery.delivery_id);
      if (!before && (await picture.hasEnded(delivery.delivery_id))) return;
      const after = hear(before, { organizationId, delivery, causationId, heardMs: clock.now() });
      if (after !== null && after === before) return;
      if (after) await picture.save(after);
      else await picture.drop(delivery.delivery_id, clock.now());
      if (!isToSolve(before, after)) return;
      await picture.noteChange(delivery.delivery_id);
      wake();
    }),
    consumer(availabilityChanged, async (event, tx) => {
      const { organization_id: organizationId, cloud_seq, body } = event;
      if (organizationId === null) throw new Error("a robot belongs to an organization");
      const picture = new PgPicture(tx);
      const robot = {
        robotId: body.robot_id,
        organizationId,
        name: body.name,
        marketId: body.market_id,
        isAvailable: body.available,
        reasons: body.reasons,
        place: body.place,
        batteryPct: body.battery_pct,
      };
      if (!(await picture.hearRobot(robot, cloud_seq))) return;
      await picture.noteChange(body.robot_id);
      wake();
    }),
  ];
}
