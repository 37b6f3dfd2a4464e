import { type Consumer, consumer } from "@kerbside/cloud-kit/service";
import { planEvent } from "@kerbside/proto/events/deliveries";
import { eq } from "drizzle-orm";
import type { Assigner } from "../assignment.pg.ts";
import { whyNotAccepted } from "../attempt.ts";
import { hasEnded } from "../delivery.ts";
import type { Happenings } from "../happenings.ts";
import type { Recorder } from "../record.pg.ts";
import { lockDelivery, openAttemptOfRobot } from "../rows.pg.ts";
import { delivery as deliveries } from "../tables.ts";
import { causeOf } from "./cause.ts";

export interface PlanParts {
  readonly recorder: Recorder;
  readonly assigner: Assigner;
  readonly happenings: Happenings;
}

/**
 * Dispatch decided who carries what. Codes are hashed inside the transaction: some 40 ms each on the thread pool, side
 * by side, while nothing but this delivery's row is locked. In exchange there is no attempt without its codes.
 */
export function planConsumer({ recorder, assigner, happenings }: PlanParts): Consumer {
  return consumer(planEvent, async (event, tx) => {
    const { body } = event;
    const row = await lockDelivery(tx, body.delivery_id);
    if (!row?.live) return;
    if (body.happened === "waiting") {
      if (row.state !== "created" || row.waiting_reason === body.reason) return;
      const change = { waiting_reason: body.reason, updated_at: recorder.now() };
      await tx.update(deliveries).set(change).where(eq(deliveries.delivery_id, row.delivery_id));
      return;
    }
    const taken = await openAttemptOfRobot(tx, body.robot_id);
    const refusal = whyNotAccepted(row, taken !== null);
    const cause = causeOf(event);
    if (refusal) {
      happenings.planRefused(row.delivery_id, body.robot_id, refusal);
      // Told again as it is, so that dispatch, which counts on its plan, looks at this delivery anew; one that has ended
      // it does not count on any more.
      if (hasEnded(row)) return;
      await recorder.announce(tx, row, {}, { happened: "estimate_changed", cause });
      return;
    }
    const {
      robot_id,
      robot_name,
      hub,
      legs,
      pace = null,
      eta_pickup_at,
      eta_dropoff_p50_at,
      eta_dropoff_p90_at,
    } = body;
    const carrier = { robotId: robot_id, robotName: robot_name, hub, legs, pace };
    const estimate = { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at };
    await assigner.assign(tx, row, { carrier, estimate }, cause);
  });
}
