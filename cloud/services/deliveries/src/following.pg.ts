import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { fromInstant } from "@kerbside/proto/base/time";
import { eq } from "drizzle-orm";
import { type Advance, advanced, type Sighting } from "./advance.ts";
import { courseOf } from "./delivery.ts";
import { estimateAt, isNews, legUnderWay } from "./eta.ts";
import type { Recorder } from "./record.pg.ts";
import { findAttempt, lockDelivery, openAttemptOfRobot } from "./rows.pg.ts";
import { type Attempt, attempt as attempts, type Delivery } from "./tables.ts";
import { ourselves } from "./views.ts";

export interface FollowingParts {
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** Follows robots with deliveries, and says anew when they should arrive. Of a robot out of reach the last word stands. */
export class Following {
  readonly #parts: FollowingParts;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
  }

  async see(tx: Transaction, robotId: string, sighting: Sighting & { readonly eventId: string }): Promise<void> {
    const carrying = await openAttemptOfRobot(tx, robotId);
    const row = carrying && (await lockDelivery(tx, carrying.delivery_id));
    const attempt = row ? await findAttempt(tx, row.attempt_id) : null;
    if (!row || attempt?.robot_id !== robotId || !isFollowed(row)) return;
    const nowMs = this.#parts.clock.now();
    const seen = { place: sighting.place, atMs: Math.min(sighting.atMs, nowMs) };
    if (isOld(row, attempt, seen.atMs)) return;
    const advance = advanceOn(row, attempt, seen);
    const saidMs = attempt.followed?.saidMs ?? 0;
    const estimate = estimateAt(courseOf(row, { ...attempt, advance }), seen.atMs, row);
    const isToSay = isNews(row, estimate, { nowMs, saidMs });
    const followed = { advance, seenMs: seen.atMs, saidMs: isToSay ? nowMs : saidMs };
    await tx.update(attempts).set({ followed }).where(eq(attempts.attempt_id, attempt.attempt_id));
    if (!isToSay) return;
    const { recorder } = this.#parts;
    const cause = { actor: ourselves, eventTime: recorder.now(), causationId: sighting.eventId };
    await recorder.announce(tx, row, estimate, { happened: "estimate_changed", cause });
  }
}

/** Somebody who called it off waits for no arrival. */
function isFollowed({ state, cancel_requested }: Delivery): boolean {
  return !cancel_requested && (legUnderWay(state) !== null || state === "arrived_at_pickup");
}

/** A sighting from before the last step tells of a leg that is over. */
function isOld({ state_since }: Delivery, { followed }: Attempt, atMs: number): boolean {
  return atMs < fromInstant(state_since) || atMs <= (followed?.seenMs ?? 0);
}

function advanceOn({ state }: Delivery, { legs, followed }: Attempt, seen: Sighting): Advance | null {
  const before = followed?.advance ?? null;
  const to = legUnderWay(state);
  const leg = legs.find((each) => each.to === to);
  return leg && to ? advanced(before, { ...leg, to }, seen) : before;
}
