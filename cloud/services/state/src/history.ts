import { type ReportedStep, violationOf } from "./judge.ts";

/** Where a change stands among the others of its dimension, whatever came first. */
export type Position = readonly [number, number];

/** A change that is known already, as far as its neighbours need it. */
export interface Neighbour {
  readonly changeId: string;
  readonly from: string;
  readonly to: string;
}

export interface Judgement {
  /** What is wrong with the change itself; null when it is legal. */
  readonly violation: string | null;
  /** Whether it is where the robot stands now. */
  readonly isLatest: boolean;
  /** The change after it, judged anew now that its true predecessor is known. */
  readonly successor: { readonly changeId: string; readonly violation: string | null } | null;
}

/** Judges a change between its neighbours in the robot's own order: a late one also corrects what came after it. */
export function judgeBetween(before: Neighbour | null, step: ReportedStep, after: Neighbour | null): Judgement {
  const { dimension } = step;
  return {
    violation: violationOf(step, before?.to ?? null),
    isLatest: after === null,
    successor: after && {
      changeId: after.changeId,
      violation: violationOf({ dimension, from: after.from, to: after.to }, step.to),
    },
  };
}
