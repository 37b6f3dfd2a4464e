import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { type AttemptEvent, type AttemptState, attemptTable } from "@kerbside/proto/states/attempt";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { isTerminal, next } from "@kerbside/proto/states/table";
import type { CodeOrder } from "./codes.ts";
import type { Step } from "./progress.ts";
import type { Attempt } from "./tables.ts";

/** A robot has one compartment that deliveries use. */
export const compartment = 0;

/** How long after the planned time its codes still open, milliseconds. */
export interface CodeLives {
  readonly loadMs: number;
  readonly unloadMs: number;
  readonly returnMs: number;
}

/** Why a plan is not taken up, in words for ops; null when it is. Dispatch planned with what it knew. */
export function whyNotAccepted(
  delivery: { readonly state: DeliveryState; readonly cancel_requested: boolean },
  isRobotTaken: boolean,
): string | null {
  if (delivery.state !== "created") return `the delivery is ${delivery.state}`;
  if (delivery.cancel_requested) return "it is to be cancelled";
  return isRobotTaken ? "the planned robot carries another delivery" : null;
}

/**
 * The codes that a robot gets with a new attempt, all at once, so that it needs no network for any of them: none for
 * loading where the goods are aboard already.
 */
export function codesFor(
  planned: { readonly pickupAt: string; readonly dropoffAt: string; readonly isLoaded: boolean },
  lives: CodeLives,
): CodeOrder["purposes"] {
  const load = { purpose: "load", expiresAt: later(planned.pickupAt, lives.loadMs) } as const;
  const unload = { purpose: "unload", expiresAt: later(planned.dropoffAt, lives.unloadMs) } as const;
  const takeBack = { purpose: "return_unload", expiresAt: later(planned.dropoffAt, lives.returnMs) } as const;
  return planned.isLoaded ? [unload, takeBack] : [load, unload, takeBack];
}

/** What is left to drive when the goods are aboard already. */
export function legsWithGoods(legs: readonly RouteLeg[]): RouteLeg[] {
  return legs.filter(({ to }) => to === "dropoff" || to === "hub");
}

/** What a delivery's steps mean to the attempt under them: the events that it takes, in order. */
export function attemptEventsOf(state: AttemptState, steps: readonly Step[]): readonly AttemptEvent[] {
  const events: AttemptEvent[] = [];
  let at = state;
  const take = (event: AttemptEvent): void => {
    const to = next(attemptTable, at, event);
    if (!to.ok) return;
    at = to.value;
    events.push(event);
  };
  for (const step of steps) {
    if (step.event !== "robot_assigned" && step.event !== "unassigned" && step.event !== "cancelled") take("activated");
    const end = endOf(step.to, step.event);
    if (end) take(end);
  }
  return events;
}

function later(at: string, byMs: number): string {
  return toInstant(fromInstant(at) + byMs);
}

export function isOpen({ state }: Pick<Attempt, "state">): boolean {
  return !isTerminal(attemptTable, state);
}

function endOf(to: DeliveryState, event: Step["event"]): AttemptEvent | null {
  if (event === "unassigned") return "aborted";
  switch (to) {
    case "delivered":
      return "succeeded";
    case "returned":
    case "failed":
      return "failed";
    case "cancelled":
      return "aborted";
    case "created":
    case "confirmed":
    case "enroute_to_pickup":
    case "arrived_at_pickup":
    case "picked_up":
    case "enroute_to_dropoff":
    case "arrived_at_dropoff":
    case "enroute_to_return":
    case "arrived_at_return":
      return null;
  }
}
