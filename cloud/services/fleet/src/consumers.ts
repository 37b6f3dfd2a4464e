import assert from "node:assert/strict";
import { type Consumer, consumer, type ServiceContext, type Transaction } from "@kerbside/cloud-kit/service";
import type { EventEnvelope } from "@kerbside/proto/base/event";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { attemptEvent } from "@kerbside/proto/events/deliveries";
import { availabilityChanged, robotEnrolled, robotRevoked, transitionCompleted } from "@kerbside/proto/events/fleet";
import {
  connectivityChanged,
  custodyChanged,
  lidChanged,
  positionChanged,
  robotStateChanged,
  robotSuspected,
  safetyChanged,
} from "@kerbside/proto/events/robots";
import { isWorthTelling } from "./availability.ts";
import { enrol, hear, newRobot, type Position, type Robot, suspect } from "./robot.ts";
import { PgFleetStore, toRobot, toRow } from "./store.pg.ts";

type Ports = Pick<ServiceContext, "outbox" | "clock">;

export function fleetConsumers(ports: Ports): readonly Consumer[] {
  const on = (tx: Transaction, event: About, change: Change): Promise<void> => learn(ports, tx, event, change);
  return [
    consumer(robotEnrolled, (event, tx) => {
      const { name, market_id, hub_id, compartments } = event.body;
      const enrolment = { name, marketId: market_id, hubId: hub_id, compartments };
      return on(tx, event, (robot) => enrol(robot, enrolment, fromInstant(event.event_time)));
    }),
    consumer(robotSuspected, (event, tx) => {
      const suspicion = { kind: event.body.suspicion, atMs: fromInstant(event.event_time) };
      return on(tx, event, (robot) => suspect(robot, suspicion));
    }),
    consumer(robotRevoked, (event, tx) => on(tx, event, (robot) => ({ ...robot, isRevoked: true }))),
    consumer(transitionCompleted, async (event, tx) => {
      const { dimension, to } = event.body;
      if (dimension !== "service") return;
      await on(tx, event, (robot) => hear(robot, "service", [0, event.cloud_seq], { service: to }));
    }),
    consumer(connectivityChanged, (event, tx) =>
      on(tx, event, (robot) => hear(robot, "connectivity", positionOf(event), { connectivity: event.body.to })),
    ),
    consumer(positionChanged, (event, tx) => {
      const { place, battery_pct, at } = event.body;
      const change = { place, batteryPct: battery_pct, measuredAtMs: at };
      return on(tx, event, (robot) => hear(robot, "position", [0, at], change));
    }),
    consumer(robotStateChanged, async (event, tx) => {
      const { dimension, to } = event.body;
      if (dimension !== "operational_state") return;
      await on(tx, event, (robot) => hear(robot, dimension, positionOf(event), { operationalState: to }));
    }),
    consumer(safetyChanged, (event, tx) =>
      on(tx, event, (robot) => hear(robot, "motion_safety", positionOf(event), { motionSafety: event.body.to })),
    ),
    consumer(lidChanged, (event, tx) => {
      const { compartment, to, flags } = event.body;
      return on(tx, event, (robot) => {
        const lids = { ...robot.lids, [compartment]: { state: to, flags } };
        return hear(robot, `lid/${compartment}`, positionOf(event), { lids });
      });
    }),
    consumer(custodyChanged, (event, tx) => {
      const { to, delivery_id } = event.body;
      const carries = to === "robot" ? delivery_id : null;
      return on(tx, event, (robot) => hear(robot, "custody", positionOf(event), { carries }));
    }),
    consumer(attemptEvent, async (event, tx) => {
      const { happened, delivery_id } = event.body;
      const deliveryId = happened === "accepted" ? delivery_id : null;
      await on(tx, event, (robot) => hear(robot, "attempt", [0, event.cloud_seq], { deliveryId }));
    }),
  ];
}

type About = EventEnvelope & { readonly body: { readonly robot_id: string } };
type Change = (robot: Robot) => Robot;

/** Words may come before the enrolment that they presuppose: they are kept, and told of once it is here. */
async function learn({ outbox, clock }: Ports, tx: Transaction, event: About, change: Change): Promise<void> {
  const store = new PgFleetStore(tx);
  const row = await store.lock(event.body.robot_id);
  const before = row ? toRobot(row) : null;
  const after = change(before ?? newRobot(event.body.robot_id, organizationOf(event)));
  if (after === before) return;
  const now = toRow(after, row, clock.now());
  await store.save(now);
  if (!after.enrolment || !isWorthTelling(before, after)) return;
  await outbox.append(tx, availabilityChanged, {
    subject_id: after.robotId,
    organization_id: after.organizationId,
    event_time: toInstant(clock.now()),
    actor: { kind: "service", id: "fleet" },
    causation_id: event.event_id,
    body: {
      robot_id: after.robotId,
      name: after.enrolment.name,
      market_id: after.enrolment.marketId,
      hub_id: after.enrolment.hubId,
      available: now.available,
      reasons: [...now.reasons],
      place: after.place,
      battery_pct: after.batteryPct,
    },
  });
}

function organizationOf({ organization_id, type }: EventEnvelope): string {
  assert(organization_id, `${type} names no organization`);
  return organization_id;
}

function positionOf({ robot_seq, cloud_seq }: EventEnvelope): Position {
  return robot_seq ? [robot_seq.epoch, robot_seq.seq] : [0, cloud_seq];
}
