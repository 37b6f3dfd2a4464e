import assert from "node:assert/strict";
import { audited } from "@kerbside/cloud-kit/audit";
import {
  type Appended,
  type Consumer,
  consumer,
  type ServiceContext,
  type Transaction,
} from "@kerbside/cloud-kit/service";
import type { EventEnvelope, EventOf } from "@kerbside/proto/base/event";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { robotEnrolled } from "@kerbside/proto/events/fleet";
import {
  connectivityChanged,
  custodyChanged,
  lidChanged,
  robotStateChanged,
  safetyChanged,
} from "@kerbside/proto/events/robots";
import { assetTable, serviceTable } from "@kerbside/proto/states/robot";
import { judgeChain } from "./custody.ts";
import type { Position } from "./history.ts";
import { lidDimension } from "./judge.ts";
import { cycleOf } from "./lid-cycle.ts";
import { type Recording, type Reported, record } from "./record.pg.ts";
import { PgStateStore } from "./store.pg.ts";

type Ports = Pick<ServiceContext, "outbox" | "clock" | "newId" | "log">;

export function stateConsumers(ports: Ports): readonly Consumer[] {
  const { outbox, clock, newId, log } = ports;
  const recordingIn = (tx: Transaction): Recording => ({ tx, outbox, newId, recordedTime: toInstant(clock.now()) });
  const take = async (tx: Transaction, reported: Reported): Promise<void> => {
    const violation = await record(recordingIn(tx), reported);
    const { robotId, dimension } = reported;
    if (violation) log.warn({ robot_id: robotId, dimension, violation }, "a robot took a step that is not legal");
  };
  return [
    consumer(robotEnrolled, (event, tx) => enrol(recordingIn(tx), event)),
    consumer(lidChanged, async (event, tx) => {
      const { compartment, from, to } = event.body;
      await take(tx, { ...sourceOf(event), dimension: lidDimension(compartment), from, to, reason: event.body.event });
      if (await isOpening(tx, event)) await outbox.appendAll(tx, [openingOf(event)]);
      const isOwn = await growCycle(tx, event);
      const { robot_id, cycle_id } = event.body;
      if (!isOwn) log.warn({ robot_id, cycle_id }, "a robot told of another robot's lid cycle");
    }),
    consumer(safetyChanged, (event, tx) => {
      const { from, to, cause } = event.body;
      return take(tx, { ...sourceOf(event), dimension: "motion_safety", from, to, reason: cause });
    }),
    consumer(robotStateChanged, (event, tx) => {
      const { dimension, from, to, reason } = event.body;
      const source = sourceOf(event);
      // The cloud decides about service too: only the time orders its word and the robot's.
      const at = dimension === "service" ? timeOf(event) : source.at;
      return take(tx, { ...source, dimension, from, to, reason, at });
    }),
    consumer(connectivityChanged, (event, tx) => {
      const { from, to } = event.body;
      return take(tx, { ...sourceOf(event), dimension: "connectivity", from, to, reason: null });
    }),
    consumer(custodyChanged, async (event, tx) => {
      const violation = await passOn(tx, event);
      const { robot_id, delivery_id } = event.body;
      if (violation) log.error({ robot_id, delivery_id, violation }, "the chain of custody is broken");
    }),
    consumer(deliveryEvent, async (event, tx) => {
      const row = { delivery_id: event.body.delivery.delivery_id, organization_id: organizationOf(event) };
      await new PgStateStore(tx).noteDelivery(row);
    }),
  ];
}

/** A robot that enrols for the first time is provisioned and out of service; people take it from there. */
async function enrol(recording: Recording, event: EventOf<typeof robotEnrolled>): Promise<void> {
  const { robot_id } = event.body;
  const store = new PgStateStore(recording.tx);
  const known = await store.dimensions(robot_id);
  if (known.some(({ dimension }) => dimension === "asset")) return;
  const source = { ...sourceOf(event), at: timeOf(event), reason: "enrolled" };
  await record(recording, { ...source, dimension: "asset", from: assetTable.initial, to: "provisioned" });
  const since = event.event_time;
  await store.saveDimension({ robot_id, dimension: "service", value: serviceTable.initial, since });
}

/** A lid that is found open again after its sensors were lost was not opened again. */
async function isOpening(tx: Transaction, { body }: EventOf<typeof lidChanged>): Promise<boolean> {
  if (body.to !== "open" || body.from === "open") return false;
  if (body.from !== "unknown" || body.cycle_id === null) return true;
  const cycle = await new PgStateStore(tx).findLidCycle(body.cycle_id);
  return (cycle?.opened_at ?? null) === null;
}

/** Every opening of a lid is in the audit log, also one that needed no network and one that nobody had a right to. */
function openingOf(received: EventOf<typeof lidChanged>): Appended {
  const { robot_id, compartment, event, cycle_id, purpose, delivery_id, authorisation } = received.body;
  const deed = {
    by: { ...received.actor, causationId: received.event_id },
    organizationId: organizationOf(received),
    action: "robots/lid_opened",
    subject: { kind: "robot", id: robot_id },
    details: { event, compartment, cycle_id, purpose, delivery_id, authorisation },
  };
  return audited(deed, received.event_time);
}

/** False where the cycle is another robot's: nothing is added to it. */
async function growCycle(tx: Transaction, event: EventOf<typeof lidChanged>): Promise<boolean> {
  const { robot_id, ...change } = event.body;
  const { cycle_id } = change;
  if (cycle_id === null) return true;
  const store = new PgStateStore(tx);
  const before = await store.findLidCycle(cycle_id);
  if (before && before.robot_id !== robot_id) return false;
  const [epoch, seq] = positionOf(event);
  const step = { epoch, seq, atMs: fromInstant(event.event_time), change: { ...change, cycle_id } };
  const steps = [...(before?.steps ?? []), step];
  const cycle = cycleOf(robot_id, steps);
  assert(cycle, "a cycle with a step");
  await store.saveLidCycle({
    cycle_id,
    robot_id,
    delivery_id: cycle.deliveryId,
    steps,
    began_at: toInstant(Math.min(...steps.map(({ atMs }) => atMs))),
    opened_at: cycle.openedAtMs === null ? null : toInstant(cycle.openedAtMs),
  });
  return true;
}

/**
 * Adds a link; answers what does not fit with it as far as is known now. Whose the delivery is only its own event says:
 * until that is here the link is kept, and from then on what a robot of another organization told is no part of the
 * chain.
 */
async function passOn(tx: Transaction, event: EventOf<typeof custodyChanged>): Promise<string | null> {
  const { compartment: _compartment, ...body } = event.body;
  const [epoch, seq] = positionOf(event);
  const organization_id = organizationOf(event);
  const store = new PgStateStore(tx);
  const { event_id, event_time } = event;
  await store.addCustody({ ...body, event_id, event_time, organization_id, epoch, seq });
  const delivery = await store.findDelivery(body.delivery_id);
  if (!delivery) return null;
  if (delivery.organization_id !== organization_id) return "told by a robot of another organization";
  const chain = await store.custodyOf(body.delivery_id);
  const links = chain.map((link) => ({ ...link, fencingToken: link.fencing_token }));
  return judgeChain(links)[chain.findIndex((link) => link.event_id === event_id)] ?? null;
}

/** What every step takes from the event that told of it. */
function sourceOf(event: EventEnvelope & { readonly body: { readonly robot_id: string } }) {
  return {
    robotId: event.body.robot_id,
    organizationId: organizationOf(event),
    at: positionOf(event),
    eventTime: event.event_time,
    actor: event.actor,
    causationId: event.event_id,
    robotSeq: event.robot_seq,
  };
}

/** Where a robot's word stands in its journal; what a service found out, where it stands in its outbox. */
function positionOf({ robot_seq, cloud_seq }: EventEnvelope): Position {
  return robot_seq ? [robot_seq.epoch, robot_seq.seq] : [0, cloud_seq];
}

function timeOf({ event_time, cloud_seq }: EventEnvelope): Position {
  return [fromInstant(event_time), cloud_seq];
}

function organizationOf({ organization_id, type }: EventEnvelope): string {
  assert(organization_id, `${type} names no organization`);
  return organization_id;
}
