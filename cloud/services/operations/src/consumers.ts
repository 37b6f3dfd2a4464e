import assert from "node:assert/strict";
import { type Consumer, consumer, type ServiceContext, type Transaction } from "@kerbside/cloud-kit/service";
import type { EventOf } from "@kerbside/proto/base/event";
import { fromInstant } from "@kerbside/proto/base/time";
import { attemptEvent, type DeliverySnapshot, deliveryEvent } from "@kerbside/proto/events/deliveries";
import { custodyChanged, missionProgressed } from "@kerbside/proto/events/robots";
import { isLoaded } from "@kerbside/proto/states/delivery";
import type { Birth, Errand } from "./mission.ts";
import { attemptEnds, onAccepted, onEnded, onReturn, onStranded, type Order, type Situation } from "./orders.ts";
import { carryOut, hear, type Writing } from "./orders.pg.ts";
import { PgOperationsStore } from "./store.pg.ts";
import type { MissionFact } from "./trip.ts";

type Ports = Pick<ServiceContext, "outbox" | "clock" | "newId" | "log">;

export function operationsConsumers(ports: Ports): readonly Consumer[] {
  return [
    consumer(attemptEvent, (event, tx) => followAttempt(event, writingOf(ports, tx, event.event_id))),
    consumer(deliveryEvent, async (event, tx) => {
      const { delivery } = event.body;
      if (isWantedBack(delivery)) await turnBack(delivery, writingOf(ports, tx, event.event_id));
    }),
    consumer(missionProgressed, async (event, tx) => {
      const isKnown = await followMission(event, writingOf(ports, tx, event.event_id));
      if (!isKnown)
        ports.log.warn({ mission_id: event.body.mission_id }, "a robot told of a mission that it was not given");
    }),
    consumer(custodyChanged, async (event, tx) => {
      const { attempt_id, delivery_id, robot_id, to } = event.body;
      const store = new PgOperationsStore(tx);
      await store.lockRobot(robot_id);
      const known = { attempt_id, delivery_id, robot_id, organization_id: organizationOf(event) };
      const isOwn = await store.noteHolder({ ...known, holder: to, updated_at: event.event_time });
      if (!isOwn) ports.log.warn({ attempt_id, robot_id }, "a robot told of goods in another robot's attempt");
    }),
  ];
}

async function followAttempt(event: EventOf<typeof attemptEvent>, writing: Writing): Promise<void> {
  const { body } = event;
  const store = new PgOperationsStore(writing.tx);
  await store.lockRobot(body.robot_id);
  const before = await store.findAttempt(body.attempt_id);
  const errand = body.happened === "accepted" ? errandOf(body) : (before?.errand ?? errandOf(body));
  const ended = attemptEnds.find((end) => end === body.happened);
  // Only the robot that has the attempt can have told of its goods.
  const isToldByIt = before?.robot_id === body.robot_id;
  await store.saveAttempt({
    attempt_id: body.attempt_id,
    organization_id: organizationOf(event),
    delivery_id: body.delivery_id,
    robot_id: body.robot_id,
    errand,
    ...(ended ? { ended } : {}),
    ...(isToldByIt ? {} : { holder: null }),
    updated_at: event.event_time,
  });
  // An end that overtook its beginning stands: there is nothing to begin.
  if (before?.ended) return;
  const decide = decisionOn(body);
  await decideFor(writing, { organizationId: organizationOf(event), attemptId: body.attempt_id, errand }, decide);
}

/** Goods aboard that somebody wants back, or that the robot did not get rid of. */
function isWantedBack({ state, cancel_requested }: DeliverySnapshot): boolean {
  return state === "enroute_to_return" || (cancel_requested && isLoaded(state) && state !== "arrived_at_return");
}

async function turnBack({ attempt_id }: DeliverySnapshot, writing: Writing): Promise<void> {
  if (attempt_id === null) return;
  const store = new PgOperationsStore(writing.tx);
  const known = await store.findAttempt(attempt_id);
  if (!known?.errand) return;
  await store.lockRobot(known.robot_id);
  const attempt = await store.findAttempt(attempt_id);
  if (attempt?.ended) return;
  await decideFor(
    writing,
    { organizationId: known.organization_id, attemptId: attempt_id, errand: known.errand },
    onReturn,
  );
}

async function followMission(event: EventOf<typeof missionProgressed>, writing: Writing): Promise<boolean> {
  const { body } = event;
  const store = new PgOperationsStore(writing.tx);
  await store.lockRobot(body.robot_id);
  const row = await store.findMission(body.mission_id);
  // A mission is moved by the robot that it was issued to, and by no other.
  if (row?.robot_id !== body.robot_id) return false;
  await hear(writing, row, factOf(event));
  const attempt = row.attempt_id === null ? null : await store.findAttempt(row.attempt_id);
  if (body.happened !== "aborted" || !attempt?.ended || !attempt.errand) return true;
  const of = { organizationId: row.organization_id, attemptId: attempt.attempt_id, errand: attempt.errand };
  await decideFor(writing, of, onStranded);
  return true;
}

/** Looks at the robot as it is now, decides, and writes the decision down. */
async function decideFor(
  writing: Writing,
  of: { readonly organizationId: string; readonly attemptId: string; readonly errand: Errand },
  decide: (situation: Situation, birth: Birth) => readonly Order[],
): Promise<void> {
  const store = new PgOperationsStore(writing.tx);
  const current = await store.currentMission(of.errand.robotId);
  const attempt = await store.findAttempt(of.attemptId);
  const nowMs = Math.max(writing.nowMs, (current?.row.issued_ms ?? 0) + 1);
  const birth = { missionId: writing.newId(), tripId: writing.newId(), nowMs };
  const situation = { errand: of.errand, holder: attempt?.holder ?? null, current: current?.running ?? null };
  await carryOut(writing, decide(situation, birth), of);
}

function decisionOn(body: EventOf<typeof attemptEvent>["body"]) {
  return (situation: Situation, birth: Birth): readonly Order[] => {
    switch (body.happened) {
      case "accepted":
        return onAccepted(situation, birth);
      case "succeeded":
      case "failed":
      case "aborted":
      case "superseded":
        return onEnded(situation, birth, body.happened);
    }
  };
}

function errandOf(body: EventOf<typeof attemptEvent>["body"]): Errand {
  return {
    attemptId: body.attempt_id,
    deliveryId: body.delivery_id,
    robotId: body.robot_id,
    fencingToken: body.fencing_token,
    compartment: body.compartment,
    pickup: body.pickup.place,
    dropoff: body.dropoff.place,
    hub: body.hub.place,
    legs: body.legs.map(({ to, line }) => ({ to, line: line.map(([lat, lng]) => ({ lat, lng })) })),
  };
}

function factOf(event: EventOf<typeof missionProgressed>): MissionFact {
  const { happened, stop, place, reason } = event.body;
  const { epoch, seq } = event.robot_seq ?? { epoch: 0, seq: event.cloud_seq };
  return { epoch, seq, happened, stop, place, reason, atMs: fromInstant(event.event_time) };
}

function writingOf(ports: Ports, tx: Transaction, causationId: string): Writing {
  return { tx, outbox: ports.outbox, newId: ports.newId, nowMs: ports.clock.now(), causationId };
}

function organizationOf(event: { readonly organization_id: string | null; readonly type: string }): string {
  assert(event.organization_id, `${event.type} names no organization`);
  return event.organization_id;
}
