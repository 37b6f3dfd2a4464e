import { type LidFault, type LidReading, lidFaults } from "./lid.ts";

/** What the wires say this instant. Two position switches, because one alone can fail closed unseen. */
export interface Contacts {
  readonly closedA: boolean;
  readonly closedB: boolean;
  /** The bolt is out: the latch is engaged. */
  readonly boltOut: boolean;
  /** Null where no sensor is fitted. */
  readonly goods: boolean | null;
  /** Something keeps the lid from closing. */
  readonly isObstructed: boolean;
  readonly isPowerLow: boolean;
}

/** Contacts settle within 5 ms; four times that still reports tampering well under the 200 ms it may take. */
export const debounceMs = 20;
/** How long sensors may contradict each other, as they do while a lid swings, before it is a fault. */
export const disagreeMs = 400;

interface Wire {
  readonly isOn: boolean;
  /** Since when the raw wire says otherwise; null while it agrees. */
  readonly otherSinceMs: number | null;
}

/** Debounced sensors of one lid. */
export interface Sensing {
  readonly contacts: Contacts;
  readonly closedA: Wire;
  readonly closedB: Wire;
  readonly boltOut: Wire;
  readonly position: LidReading["position"];
  readonly disagreeSinceMs: number | null;
  readonly disagrees: boolean;
}

export type Sensed = Pick<LidReading, "position" | "latch" | "goods"> & { readonly faults: readonly LidFault[] };

/** Begins with what the wires say, taken as settled. */
export function startSensing(contacts: Contacts, nowMs: number): Sensing {
  const wire = (isOn: boolean): Wire => ({ isOn, otherSinceMs: null });
  const start: Sensing = {
    contacts,
    closedA: wire(contacts.closedA),
    closedB: wire(contacts.closedB),
    boltOut: wire(contacts.boltOut),
    position: "unknown",
    disagreeSinceMs: null,
    disagrees: false,
  };
  return sense(start, contacts, nowMs);
}

/** Takes the wires as they are now. Call it on every change of a wire, and again when `senseAgainAtMs` says so. */
export function sense(state: Sensing, contacts: Contacts, nowMs: number): Sensing {
  const closedA = settle(state.closedA, contacts.closedA, nowMs);
  const closedB = settle(state.closedB, contacts.closedB, nowMs);
  const boltOut = settle(state.boltOut, contacts.boltOut, nowMs);
  const switchesAgree = closedA.isOn === closedB.isOn;
  const contradicts = !switchesAgree || (boltOut.isOn && !closedA.isOn);
  const disagreeSinceMs = contradicts ? (state.disagreeSinceMs ?? nowMs) : null;
  const disagrees = disagreeSinceMs !== null && nowMs - disagreeSinceMs >= disagreeMs;
  return {
    contacts,
    closedA,
    closedB,
    boltOut,
    position: switchesAgree ? where(closedA.isOn) : disagrees ? "unknown" : state.position,
    disagreeSinceMs,
    disagrees,
  };
}

/** When time alone will change what is sensed; null while everything is settled. */
export function senseAgainAtMs(state: Sensing): number | null {
  const due = [state.closedA, state.closedB, state.boltOut].flatMap((wire) =>
    wire.otherSinceMs === null ? [] : [wire.otherSinceMs + debounceMs],
  );
  if (state.disagreeSinceMs !== null && !state.disagrees) due.push(state.disagreeSinceMs + disagreeMs);
  return due.length > 0 ? Math.min(...due) : null;
}

/** No wire is on its way to another state. */
export function isAtRest(state: Sensing): boolean {
  return senseAgainAtMs(state) === null;
}

/** Both switches say closed this instant, and have said so for long enough. */
export function isShut({ contacts, position }: Sensing): boolean {
  return position === "closed" && contacts.closedA && contacts.closedB;
}

/** One switch alone is enough to keep a bolt from being driven out further. */
export function isLifted({ closedA, closedB }: Sensing): boolean {
  return !closedA.isOn || !closedB.isOn;
}

/** What a reading says of the sensors; `isStalled` comes from whoever drives the latch. */
export function sensed(state: Sensing, isStalled: boolean): Sensed {
  const { goods, isObstructed, isPowerLow } = state.contacts;
  const present: Partial<Record<LidFault, boolean>> = {
    sensor_disagree: state.disagrees,
    obstructed: isObstructed,
    stalled: isStalled,
    power_low: isPowerLow,
  };
  return {
    position: state.position,
    latch: state.boltOut.isOn ? "engaged" : "released",
    goods: goods === null ? "unknown" : goods ? "present" : "absent",
    faults: lidFaults.filter((fault) => present[fault]),
  };
}

function settle(wire: Wire, raw: boolean, nowMs: number): Wire {
  if (raw === wire.isOn) return wire.otherSinceMs === null ? wire : { isOn: raw, otherSinceMs: null };
  const otherSinceMs = wire.otherSinceMs ?? nowMs;
  return nowMs - otherSinceMs >= debounceMs ? { isOn: raw, otherSinceMs: null } : { isOn: wire.isOn, otherSinceMs };
}

function where(isClosed: boolean): LidReading["position"] {
  return isClosed ? "closed" : "open";
}
