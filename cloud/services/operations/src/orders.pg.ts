import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { missionIssued, missionWithdrawn, tripEvent } from "@kerbside/proto/events/operations";
import { lengthM } from "@kerbside/proto/geo/geo";
import type { Mission, StopKind } from "@kerbside/proto/robot/mission";
import { isTerminal } from "@kerbside/proto/states/table";
import { tripTable } from "@kerbside/proto/states/trip";
import { progressOf } from "./mission.ts";
import type { Order } from "./orders.ts";
import { type MissionRow, PgOperationsStore, type TripRow } from "./store.pg.ts";
import { inOrder, type MissionFact, retell, stateAfter, type TripPlan, type TripPurpose, tripSteps } from "./trip.ts";

const actor = { kind: "service", id: "operations" } as const;

/** What orders and facts need beside the transaction that they are written in. */
export interface Writing {
  readonly tx: Transaction;
  readonly outbox: Outbox;
  readonly newId: () => string;
  readonly nowMs: number;
  /** The event that led to this. */
  readonly causationId: string;
}

/** Writes orders down as missions and trips, and tells of them. */
export async function carryOut(
  writing: Writing,
  orders: readonly Order[],
  of: { readonly organizationId: string; readonly attemptId: string | null },
): Promise<void> {
  for (const order of orders) {
    if (order.type === "withdraw") await withdraw(writing, order.missionId, order.reason);
    else await issue(writing, order.mission, of);
  }
}

/** Takes one more word of a robot into account. */
export async function hear(writing: Writing, row: MissionRow, fact: MissionFact): Promise<void> {
  await new PgOperationsStore(writing.tx).addFact(row.mission_id, fact);
  await refresh(writing, row);
}

async function issue(
  writing: Writing,
  mission: Mission,
  of: { readonly organizationId: string; readonly attemptId: string | null },
): Promise<void> {
  const store = new PgOperationsStore(writing.tx);
  const row: MissionRow = {
    mission_id: mission.mission_id,
    organization_id: of.organizationId,
    robot_id: mission.robot_id,
    delivery_id: mission.delivery_id,
    attempt_id: of.attemptId,
    body: mission,
    status: "issued",
    reason: null,
    heads_for: null,
    at_stop: false,
    withdrawn_at: null,
    withdrawn_reason: null,
    issued_ms: mission.issued_at,
    issued_at: toInstant(mission.issued_at),
    ended_at: null,
  };
  await store.insertMission(row);
  await writing.outbox.append(writing.tx, missionIssued, {
    subject_id: mission.robot_id,
    ...envelope(writing, row, mission.issued_at),
    body: mission,
  });
  const served = mission.stops.map(({ kind }) => kind).filter((kind) => kind !== "hub" || mission.stops.length === 1);
  const tripId = mission.trip_id ?? writing.newId();
  await tellTrip(writing, row, [], newTrip(row, { tripId, serves: served, createdAtMs: mission.issued_at }));
}

async function withdraw(writing: Writing, missionId: string, reason: string): Promise<void> {
  const store = new PgOperationsStore(writing.tx);
  const row = await store.findMission(missionId);
  if (!row || row.withdrawn_at) return;
  const withdrawn = { withdrawn_at: toInstant(writing.nowMs), withdrawn_reason: reason };
  await store.updateMission(missionId, withdrawn);
  await writing.outbox.append(writing.tx, missionWithdrawn, {
    subject_id: row.robot_id,
    ...envelope(writing, row, writing.nowMs),
    body: { mission_id: missionId, robot_id: row.robot_id, reason },
  });
  await refresh(writing, { ...row, ...withdrawn });
}

/** Brings a mission and its trips up to what is known now. */
async function refresh(writing: Writing, row: MissionRow): Promise<void> {
  const store = new PgOperationsStore(writing.tx);
  const { facts, withdrawn } = await store.runningOf(row);
  const { status, reason, headsFor, isAtStop, endedAtMs } = progressOf(facts, withdrawn);
  await store.updateMission(row.mission_id, {
    status,
    reason,
    heads_for: headsFor,
    at_stop: isAtStop,
    ended_at: endedAtMs === null ? null : toInstant(endedAtMs),
  });
  const trips = await store.tripsOf(row.mission_id);
  for (const trip of [...trips, ...homeTrip(writing, row, trips, facts)]) await tellTrip(writing, row, facts, trip);
}

/** The way home is a trip of its own, from the moment when the robot sets out for the hub. */
function homeTrip(
  writing: Writing,
  row: MissionRow,
  trips: readonly TripRow[],
  facts: readonly MissionFact[],
): readonly TripRow[] {
  const setOut = inOrder(facts).find(({ stop, happened }) => stop === "hub" && happened !== "refused");
  if (!setOut || trips.some(({ serves }) => serves.includes("hub"))) return [];
  return [newTrip(row, { tripId: writing.newId(), serves: ["hub"], createdAtMs: setOut.atMs })];
}

async function tellTrip(
  writing: Writing,
  row: MissionRow,
  facts: readonly MissionFact[],
  trip: TripRow,
): Promise<void> {
  const plan: TripPlan = {
    stops: row.body.stops.map(({ kind }) => kind),
    serves: trip.serves,
    createdAtMs: fromInstant(trip.created_at),
    withdrawnAtMs: row.withdrawn_at ? fromInstant(row.withdrawn_at) : null,
  };
  const { steps, news } = retell(trip.steps, tripSteps(plan, facts));
  const state = stateAfter(steps);
  const since = toInstant(steps.at(-1)?.atMs ?? plan.createdAtMs);
  const ended_at = isTerminal(tripTable, state) ? since : null;
  await new PgOperationsStore(writing.tx).saveTrip({ ...trip, steps, state, state_since: since, ended_at });
  for (const { from, to, atMs } of news) {
    const { trip_id, robot_id, delivery_id, trip_type } = trip;
    await writing.outbox.append(writing.tx, tripEvent, {
      subject_id: trip_id,
      ...envelope(writing, row, atMs),
      body: { trip_id, robot_id, delivery_id, trip_type, from, to },
    });
  }
}

function newTrip(
  row: MissionRow,
  { tripId, serves, createdAtMs }: { tripId: string; serves: readonly StopKind[]; createdAtMs: number },
): TripRow {
  const isHome = serves.includes("hub");
  const legs = row.body.stops.filter(({ kind }) => serves.includes(kind));
  return {
    trip_id: tripId,
    organization_id: row.organization_id,
    robot_id: row.robot_id,
    delivery_id: isHome ? null : row.delivery_id,
    attempt_id: isHome ? null : row.attempt_id,
    mission_id: row.mission_id,
    trip_type: purposeOf(serves),
    serves,
    state: "planned",
    state_since: toInstant(createdAtMs),
    steps: [],
    distance_planned_m: legs.reduce((sum, { route }) => sum + lengthM(route), 0),
    created_at: toInstant(createdAtMs),
    ended_at: null,
  };
}

function purposeOf(serves: readonly StopKind[]): TripPurpose {
  if (serves.includes("hub")) return "roaming";
  return serves.includes("return") ? "return" : "delivery";
}

function envelope({ causationId }: Writing, { organization_id }: MissionRow, atMs: number) {
  return { organization_id, event_time: toInstant(atMs), actor, causation_id: causationId };
}
