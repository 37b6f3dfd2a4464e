import { type Consumer, consumer } from "@kerbside/cloud-kit/service";
import { custodyChanged, grantRevoked, missionProgressed, safetyChanged } from "@kerbside/proto/events/robots";
import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { Cancelling } from "../cancelling.pg.ts";
import type { FactTaker } from "../facts.pg.ts";
import type { RobotFact } from "../progress.ts";
import type { Conditions } from "../conditions.pg.ts";
import { causeOf, positionOf } from "./cause.ts";

export interface ReportParts {
  readonly facts: FactTaker;
  readonly cancelling: Cancelling;
  readonly conditions: Conditions;
}

/** What robots report of their missions, of the goods and of void grants. */
export function reportConsumers({ facts, cancelling, conditions }: ReportParts): readonly Consumer[] {
  return [
    consumer(missionProgressed, async (event, tx) => {
      const { robot_id, delivery_id, attempt_id } = event.body;
      const fact = missionFact(event.body);
      if (!fact || delivery_id === null || attempt_id === null) return;
      await facts.take(tx, {
        eventId: event.event_id,
        deliveryId: delivery_id,
        attemptId: attempt_id,
        robotId: robot_id,
        fact,
        position: positionOf(event),
        cause: causeOf(event),
      });
    }),
    consumer(custodyChanged, async (event, tx) => {
      const { robot_id, delivery_id, attempt_id, from, to } = event.body;
      const cause = causeOf(event);
      await facts.take(tx, {
        eventId: event.event_id,
        deliveryId: delivery_id,
        attemptId: attempt_id,
        robotId: robot_id,
        fact: { type: "custody", from, to },
        position: positionOf(event),
        cause,
      });
      await cancelling.drainedPast(tx, robot_id, cause);
    }),
    consumer(grantRevoked, async (event, tx) => {
      const { grant_id, was_used, robot_id } = event.body;
      await cancelling.grantRevoked(tx, { grantId: grant_id, robotId: robot_id, wasUsed: was_used }, causeOf(event));
      await cancelling.drainedPast(tx, robot_id, causeOf(event));
    }),
    consumer(safetyChanged, async (event, tx) => {
      await conditions.hear(tx, event.body.robot_id, { motion_safety: event.body.to }, event.event_time);
      await cancelling.drainedPast(tx, event.body.robot_id, causeOf(event));
    }),
  ];
}

/** Null for what says nothing about a delivery: that the mission was heard, that a stop is done, that all of it is. */
function missionFact({ happened, stop, reason }: JournalBody<"mission_progressed">): RobotFact | null {
  switch (happened) {
    case "departed":
    case "arrived":
      return stop === null ? null : { type: happened, stop };
    case "aborted":
    case "refused":
      return { type: "stopped", stop, reason: reason ?? happened, isRefusal: happened === "refused" };
    case "accepted":
    case "stop_completed":
    case "completed":
      return null;
  }
}
