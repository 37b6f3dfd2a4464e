import type { EventEnvelope } from "@kerbside/proto/base/event";
import type { Cause } from "../record.pg.ts";

/** What one event is to whatever follows from it. */
export function causeOf({ actor, event_time, event_id }: EventEnvelope): Cause {
  return { actor, eventTime: event_time, causationId: event_id };
}

/** Where in the robot's journal a fact stands; null for what no robot wrote down. */
export function positionOf({ robot_seq }: EventEnvelope): Position | null {
  return robot_seq ? { epoch: robot_seq.epoch, seq: robot_seq.seq } : null;
}

export interface Position {
  readonly epoch: number;
  readonly seq: number;
}
