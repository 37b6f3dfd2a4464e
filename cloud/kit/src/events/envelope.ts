import type { Clock } from "@kerbside/proto/base/clock";
import { EventEnvelope, type EventOf, type EventType } from "@kerbside/proto/base/event";
import { toInstant } from "@kerbside/proto/base/time";
import * as z from "zod";
import type { NewEvent } from "../service.ts";

/** An event before the outbox gave it a position. */
export type Unnumbered = Omit<EventEnvelope, "cloud_seq"> & { readonly body: unknown };

export interface Birth {
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Fills in what the publisher need not know. */
export function toEnvelope<E extends EventType>(type: E, event: NewEvent<E>, { clock, newId }: Birth): Unnumbered {
  return {
    event_id: event.event_id ?? newId(),
    type: type.type,
    version: type.version,
    subject_id: event.subject_id,
    organization_id: event.organization_id,
    event_time: event.event_time,
    recorded_time: toInstant(clock.now()),
    ...(event.robot_seq ? { robot_seq: event.robot_seq } : {}),
    actor: event.actor,
    causation_id: event.causation_id ?? null,
    body: event.body,
  };
}

/** Reads an event at the border: fields that a newer publisher added are left out. Throws what zod says. */
export function parseEvent<E extends EventType>(type: E, envelope: object): EventOf<E> {
  const body = z.parse<E["body"]>(type.body, Reflect.get(envelope, "body"));
  return { ...EventEnvelope.parse(envelope), type: type.type, body };
}
