import * as z from "zod";
import { Actor } from "./actor.ts";
import { Instant } from "./time.ts";

/** One kind of fact that services tell each other. `subject` names what `subject_id` identifies. */
export interface EventType<Type extends string = string, Body extends z.ZodType = z.ZodType> {
  /** `{domain}/{event}`, as it goes on the bus. */
  readonly type: Type;
  readonly version: number;
  readonly subject: string;
  readonly summary: string;
  readonly body: Body;
}

export function event<const Type extends `${string}/${string}`, Body extends z.ZodType>(
  declared: EventType<Type, Body>,
): EventType<Type, Body> {
  return declared;
}

/** What every event carries beside its body. Consumers are idempotent by `event_id`. */
export const EventEnvelope = z.object({
  event_id: z.uuid(),
  type: z.string(),
  version: z.int(),
  subject_id: z.string(),
  organization_id: z.uuid().nullable(),
  /** When it happened. */
  event_time: Instant,
  /** When we learned it. */
  recorded_time: Instant,
  /** Position in the robot's journal, for facts that a robot reported. */
  robot_seq: z.object({ epoch: z.int(), stream: z.string(), seq: z.int() }).optional(),
  /** Position in the publishing service's outbox. */
  cloud_seq: z.int(),
  actor: Actor,
  /** The event or request that led to this one. */
  causation_id: z.string().nullable(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

export type EventOf<E extends EventType> = EventEnvelope & {
  readonly type: E["type"];
  readonly body: z.output<E["body"]>;
};
