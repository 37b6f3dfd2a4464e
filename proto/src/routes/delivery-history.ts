import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { Instant } from "../base/time.ts";
import { attemptStates } from "../states/attempt.ts";
import { deliveryStates } from "../states/delivery.ts";

/** One step that the delivery took. `event_time` is when it happened, `recorded_time` when we learned it. */
const DeliveryStep = z.object({
  from: z.enum(deliveryStates).nullable(),
  to: z.enum(deliveryStates),
  event_time: Instant,
  recorded_time: Instant,
  actor: Actor,
  reason: z.string().nullable(),
  /** Nobody reported this step: it lies on the only legal way to one that was. A late report replaces the guess. */
  inferred: z.boolean(),
});

/** What was learned of a delivery beside its steps, such as goods that turned up after it had been given up. */
const Amendment = z.object({
  event_time: Instant,
  recorded_time: Instant,
  actor: Actor,
  fact: z.string(),
});

const Attempt = z.object({
  attempt_id: z.uuid(),
  state: z.enum(attemptStates),
  robot_id: z.uuid(),
  robot_name: z.string(),
  fencing_token: z.int(),
  created_at: Instant,
  ended_at: Instant.nullable(),
  reason: z.string().nullable(),
});

/** What became of a delivery so far. */
export const DeliveryHistory = z.object({
  steps: z.array(DeliveryStep),
  attempts: z.array(Attempt),
  amendments: z.array(Amendment),
});
