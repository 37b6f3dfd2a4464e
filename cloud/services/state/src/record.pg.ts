import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import type { EventEnvelope } from "@kerbside/proto/base/event";
import { transitionCompleted } from "@kerbside/proto/events/fleet";
import { judgeBetween, type Position } from "./history.ts";
import { PgStateStore } from "./store.pg.ts";

/** One step of one dimension, from whoever knows. */
export interface Reported {
  readonly robotId: string;
  readonly organizationId: string;
  readonly dimension: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
  readonly at: Position;
  readonly eventTime: string;
  readonly actor: Actor;
  readonly causationId: string | null;
  readonly robotSeq?: EventEnvelope["robot_seq"];
}

export interface Recording {
  readonly tx: Transaction;
  readonly outbox: Outbox;
  readonly newId: () => string;
  /** When we learned it. */
  readonly recordedTime: string;
}

/**
 * Writes a step into the history, judged, and tells of it where it was a legal one. What is not legal is recorded all
 * the same: the robot's word about itself is the truth, and a violation is a reason to look.
 */
export async function record(recording: Recording, reported: Reported): Promise<string | null> {
  const { robotId, organizationId, dimension, from, to, reason, at, eventTime, actor } = reported;
  const store = new PgStateStore(recording.tx);
  await store.lockRobot({
    robot_id: robotId,
    organization_id: organizationId,
    created_at: recording.recordedTime,
  });
  const { before, after } = await store.neighbours(robotId, dimension, at);
  const { violation, isLatest, successor } = judgeBetween(before, { dimension, from, to }, after);
  await store.addChange({
    change_id: recording.newId(),
    robot_id: robotId,
    dimension,
    position_major: at[0],
    position_minor: at[1],
    from,
    to,
    reason,
    actor,
    violation,
    event_time: eventTime,
    recorded_time: recording.recordedTime,
  });
  if (successor) await store.rejudge(successor.changeId, successor.violation);
  if (isLatest && before?.to !== to) {
    await store.saveDimension({ robot_id: robotId, dimension, value: to, since: eventTime });
  }
  if (violation === null && from !== to) await tell(recording, reported);
  return violation;
}

async function tell({ tx, outbox }: Recording, reported: Reported): Promise<void> {
  const { robotId, organizationId, dimension, from, to, reason, robotSeq } = reported;
  await outbox.append(tx, transitionCompleted, {
    subject_id: robotId,
    organization_id: organizationId,
    event_time: reported.eventTime,
    actor: reported.actor,
    causation_id: reported.causationId,
    ...(robotSeq ? { robot_seq: robotSeq } : {}),
    body: { robot_id: robotId, dimension, from, to, reason },
  });
}
