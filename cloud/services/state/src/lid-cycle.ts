import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { Authorisation, LidFlag, LidPurpose } from "@kerbside/proto/robot/lid";

/** One unlock-to-relock episode, put together from what the lid reported. Times in milliseconds, null until then. */
export interface LidCycle {
  readonly cycleId: string;
  readonly robotId: string;
  readonly compartment: number;
  readonly purpose: LidPurpose | null;
  readonly deliveryId: string | null;
  readonly authorisation: Authorisation | null;
  readonly authorisedAtMs: number | null;
  readonly unlatchedAtMs: number | null;
  readonly openedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly flags: readonly LidFlag[];
}

/** One change of a lid within a cycle. (epoch, seq) is the order in which the robot recorded them. */
export interface CycleStep {
  readonly epoch: number;
  readonly seq: number;
  readonly atMs: number;
  readonly change: CycleChange;
}

type CycleChange = JournalBody<"lid_changed"> & { readonly cycle_id: string };

/** The cycle that its steps tell of, in whatever order they came. */
export function cycleOf(robotId: string, steps: readonly CycleStep[]): LidCycle | null {
  return steps
    .toSorted((a, b) => a.epoch - b.epoch || a.seq - b.seq)
    .reduce<LidCycle | null>((cycle, { change, atMs }) => growCycle(cycle, robotId, change, atMs), null);
}

/** The cycle with one more change of its lid in it. The first opening and the last closing count. */
export function growCycle(cycle: LidCycle | null, robotId: string, change: CycleChange, atMs: number): LidCycle {
  const now = cycle ?? begin(robotId, change);
  return {
    ...now,
    authorisedAtMs: now.authorisedAtMs ?? (change.to === "unlock_authorised" ? atMs : null),
    unlatchedAtMs: now.unlatchedAtMs ?? (change.to === "closed_unlocked" ? atMs : null),
    openedAtMs: now.openedAtMs ?? (change.to === "open" ? atMs : null),
    closedAtMs: change.from === "open" && change.to !== "open" ? atMs : now.closedAtMs,
    endedAtMs: change.to === "closed_locked" ? atMs : null,
    flags: [...new Set([...now.flags, ...change.flags])],
  };
}

function begin(robotId: string, change: CycleChange): LidCycle {
  return {
    cycleId: change.cycle_id,
    robotId,
    compartment: change.compartment,
    purpose: change.purpose,
    deliveryId: change.delivery_id,
    authorisation: change.authorisation,
    authorisedAtMs: null,
    unlatchedAtMs: null,
    openedAtMs: null,
    closedAtMs: null,
    endedAtMs: null,
    flags: [],
  };
}
