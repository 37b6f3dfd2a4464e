import { type Consumer, consumer, type Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { EventOf } from "@kerbside/proto/base/event";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, unlockRequested } from "@kerbside/proto/events/deliveries";
import { robotEnrolled, robotRevoked } from "@kerbside/proto/events/fleet";
import { missionIssued, missionWithdrawn } from "@kerbside/proto/events/operations";
import { commandChanged } from "@kerbside/proto/events/robots";
import { findCommand } from "./commands/commands.pg.ts";
import type { Issuer } from "./commands/issue.pg.ts";
import { toOpening, whyNoOrder } from "./commands/order.ts";
import type { CommandPublisher } from "./commands/publisher.ts";
import { addLink } from "./connectivity/links.pg.ts";
import type { Signer } from "./keys/signer.ts";
import { type Latest, leaveDelivery, newLatest, takeDelivery } from "./latest/latest.ts";
import { addLatest, lockLatest, saveLatest } from "./latest/latest.pg.ts";
import { beginAttempt, endAttempt } from "./mirror/attempts.pg.ts";
import { configOf } from "./mirror/config.ts";
import { grantsOf } from "./mirror/grants.ts";
import { buryKinds, buryRows, lockRows, putRows } from "./mirror/mirror.pg.ts";
import { replaceMission } from "./mirror/missions.ts";
import { findRobot, keepRobot, revokeRobot } from "./robots/robots.pg.ts";

export interface ConsumerPorts {
  readonly clock: Clock;
  readonly signer: Signer;
  readonly issuer: Issuer;
  readonly publisher: CommandPublisher;
}

export function gatewayConsumers(ports: ConsumerPorts): readonly Consumer[] {
  const { clock, publisher } = ports;
  return [
    consumer(robotEnrolled, (event, tx) => enrol(event, tx, clock)),
    consumer(robotRevoked, (event, tx) => revoke(event, tx)),
    consumer(missionIssued, (event, tx) => issueMission(event, tx, clock)),
    consumer(missionWithdrawn, ({ body: { robot_id, mission_id } }, tx) =>
      buryRows(tx, [{ robot_id, kind: "mission", id: mission_id }], toInstant(clock.now())),
    ),
    consumer(attemptEvent, async (event, tx) => {
      if (event.body.happened === "accepted") await giveGrants(event, tx, ports);
      else await takeGrants(event, tx, clock);
    }),
    consumer(unlockRequested, (event, tx) => orderOpening(event, tx, ports)),
    // Our own word, once it is committed: whoever made the command, and whatever happened since, it goes out.
    consumer(commandChanged, async ({ body: { command_id, to } }, tx) => {
      const command = to === "queued" ? await findCommand(tx, command_id) : null;
      if (command?.life.state === "queued") void publisher.publish(command);
    }),
  ];
}

async function enrol(event: EventOf<typeof robotEnrolled>, tx: Transaction, clock: Clock): Promise<void> {
  const { robot_id, name, public_key } = event.body;
  const { organization_id } = event;
  if (organization_id === null) throw new Error(`robot ${robot_id} was enrolled in no organization`);
  const nowMs = clock.now();
  await keepRobot(tx, {
    robotId: robot_id,
    organizationId: organization_id,
    name,
    publicKey: public_key,
    enrolledAt: event.event_time,
  });
  await addLink(tx, robot_id, nowMs);
  await addLatest(tx, newLatest({ robot_id, organization_id, name, nowMs }));
  const body = JSON.stringify(configOf(name));
  await putRows(tx, [{ robot_id, kind: "config", id: "robot", body }], toInstant(nowMs));
}

/** What it was still allowed to do is taken back, in case it can still hear. */
async function revoke({ body, event_time, recorded_time }: EventOf<typeof robotRevoked>, tx: Transaction) {
  await revokeRobot(tx, body.robot_id, event_time);
  await buryKinds(tx, { robotId: body.robot_id, kinds: ["mission", "grant", "command"] }, recorded_time);
}

async function issueMission(event: EventOf<typeof missionIssued>, tx: Transaction, clock: Clock): Promise<void> {
  const mission = event.body;
  const { robot_id, mission_id: id } = mission;
  const { holds, withdrawn } = replaceMission(await lockRows(tx, robot_id, "mission"), mission);
  const nowInstant = toInstant(clock.now());
  const buried = holds ? withdrawn : [id];
  await buryRows(
    tx,
    buried.map((mission) => ({ robot_id, kind: "mission", id: mission })),
    nowInstant,
  );
  if (holds) await putRows(tx, [{ robot_id, kind: "mission", id, body: JSON.stringify(mission) }], nowInstant);
}

type AttemptEvent = EventOf<typeof attemptEvent>;

function grantsIn({ body }: AttemptEvent) {
  return {
    attemptId: body.attempt_id,
    robotId: body.robot_id,
    deliveryId: body.delivery_id,
    grantIds: body.grants.map(({ grant_id }) => grant_id),
  };
}

/** A robot that may not be ordered to open gets no right to open by itself either. */
async function giveGrants(event: AttemptEvent, tx: Transaction, { clock, signer }: ConsumerPorts): Promise<void> {
  const nowMs = clock.now();
  const { robot_id, delivery_id } = event.body;
  const robot = await findRobot(tx, robot_id);
  if (!robot) throw new Error(`robot ${robot_id} is given a delivery and is not known`);
  if (!(await beginAttempt(tx, grantsIn(event), toInstant(nowMs)))) return;
  await changeLatest(tx, robot_id, (row) => takeDelivery(row, delivery_id));
  if (whyNoOrder("open_lid", robot)) return;
  const rows = grantsOf(event.body, nowMs).map((grant) => ({
    robot_id: grant.robot_id,
    kind: "grant" as const,
    id: grant.grant_id,
    body: JSON.stringify(signer.sign("grant", grant)),
  }));
  await putRows(tx, rows, toInstant(nowMs));
}

/** Whatever the robot has still to say of it, the delivery is no reason any more to open or to show where it is. */
async function takeGrants(event: AttemptEvent, tx: Transaction, clock: Clock): Promise<void> {
  const { robot_id, delivery_id } = event.body;
  const nowInstant = toInstant(clock.now());
  const grantIds = await endAttempt(tx, grantsIn(event), nowInstant);
  await changeLatest(tx, robot_id, (row) => leaveDelivery(row, delivery_id));
  await buryRows(
    tx,
    grantIds.map((id) => ({ robot_id, kind: "grant", id })),
    nowInstant,
  );
}

async function changeLatest(tx: Transaction, robotId: string, change: (row: Latest) => Latest): Promise<void> {
  const before = await lockLatest(tx, [robotId]);
  const after = before.map(change);
  await saveLatest(
    tx,
    after.filter((row, index) => row !== before[index]),
  );
}

/** The request's own id becomes the command's, so that whoever asked knows it again. */
async function orderOpening(
  event: EventOf<typeof unlockRequested>,
  tx: Transaction,
  { clock, issuer }: ConsumerPorts,
): Promise<void> {
  const order = { ...toOpening(event.body), causationId: event.event_id };
  const robot = await findRobot(tx, order.robotId);
  if (!robot) throw new Error(`robot ${order.robotId} is asked to open and is not known`);
  const isStale = clock.now() >= fromInstant(event.event_time) + order.lifeMs;
  const refusal = isStale ? "the request came too late" : whyNoOrder(order.kind, robot);
  if (refusal) await issuer.refuse(tx, order, robot, refusal);
  else await issuer.issue(tx, order, robot);
}
