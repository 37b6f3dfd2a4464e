import { toInstant } from "@kerbside/proto/base/time";
import type { CustodyEvent, LidCycle, StateChange, TransitionRequest } from "@kerbside/proto/routes/state";
import type * as z from "zod";
import { cycleOf } from "./lid-cycle.ts";
import type { ChangeRow, CustodyRow, LidCycleRow, RequestRow } from "./store.pg.ts";

export function changeView(row: ChangeRow): z.infer<typeof StateChange> {
  const { change_id, robot_id, dimension, from, to, reason, event_time, recorded_time, actor, violation } = row;
  return { change_id, robot_id, dimension, from, to, reason, event_time, recorded_time, actor, violation };
}

export function requestView(row: RequestRow): z.infer<typeof TransitionRequest> {
  return row;
}

export function lidCycleView({ robot_id, cycle_id, steps }: LidCycleRow): z.infer<typeof LidCycle> {
  const cycle = cycleOf(robot_id, steps);
  const at = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : toInstant(ms));
  return {
    cycle_id,
    robot_id,
    compartment: cycle?.compartment ?? 0,
    purpose: cycle?.purpose ?? null,
    delivery_id: cycle?.deliveryId ?? null,
    authorisation: cycle?.authorisation ?? null,
    authorised_at: at(cycle?.authorisedAtMs),
    unlatched_at: at(cycle?.unlatchedAtMs),
    opened_at: at(cycle?.openedAtMs),
    closed_at: at(cycle?.closedAtMs),
    ended_at: at(cycle?.endedAtMs),
    flags: [...(cycle?.flags ?? [])],
  };
}

export function custodyView(row: CustodyRow, violation: string | null): z.infer<typeof CustodyEvent> {
  const { event_id, delivery_id, attempt_id, robot_id, fencing_token, from, to, cycle_id, place, event_time } = row;
  return {
    event_id,
    delivery_id,
    attempt_id,
    robot_id,
    fencing_token,
    from,
    to,
    cycle_id,
    place,
    event_time,
    violation,
  };
}
