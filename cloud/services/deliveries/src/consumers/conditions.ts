import { type Consumer, consumer } from "@kerbside/cloud-kit/service";
import { robotEnrolled, robotRevoked, transitionCompleted } from "@kerbside/proto/events/fleet";
import { connectivityChanged, robotStateChanged, robotSuspected } from "@kerbside/proto/events/robots";
import type { Conditions } from "../conditions.pg.ts";

/** What would make a robot useless to a delivery. The watchdog judges it; here it is only written down. */
export function conditionConsumers(conditions: Conditions): readonly Consumer[] {
  return [
    consumer(connectivityChanged, ({ body, event_time }, tx) =>
      conditions.hear(tx, body.robot_id, { connectivity: body.to }, event_time),
    ),
    consumer(robotEnrolled, ({ body, event_time }, tx) =>
      conditions.hear(tx, body.robot_id, { isEnrolled: true }, event_time),
    ),
    consumer(robotRevoked, ({ body, event_time }, tx) =>
      conditions.hear(tx, body.robot_id, { isRevoked: true }, event_time),
    ),
    consumer(robotSuspected, ({ body, event_time }, tx) =>
      conditions.hear(tx, body.robot_id, { isSuspected: true }, event_time),
    ),
    consumer(robotStateChanged, async ({ body, event_time }, tx) => {
      if (body.dimension !== "operational_state") return;
      await conditions.hear(tx, body.robot_id, { operational_state: body.to }, event_time);
    }),
    consumer(transitionCompleted, async ({ body, event_time }, tx) => {
      if (body.dimension === "service") await conditions.hear(tx, body.robot_id, { service: body.to }, event_time);
    }),
  ];
}
