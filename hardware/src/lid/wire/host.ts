import { edgesBetween, eventsBetween } from "../edges.ts";
import {
  isSensed,
  type LidEvent,
  type LidFailure,
  type LidReading,
  LidRefused,
  LidStuck,
  LidUnreachable,
  type Unlatching,
  unreachable,
} from "../lid.ts";
import { unlatchHash } from "../unlatch-hash.ts";
import type { ControllerMessage, ControllerStatus, HostMessage } from "./message.ts";

/** The computer's end of the line to the lid controller. See SPEC.md for the numbered rules. */
export interface HostState {
  readonly line: "down" | "silent" | "up";
  readonly nowMs: number;
  /** How long the controller was silent, not counting time in which this program itself was stalled. */
  readonly silentMs: number;
  readonly pingedAtMs: number;
  /** Of the last frame sent. */
  readonly sequence: number;
  /** Of the first frame after the line was lost or opened: a report that has not heard it tells of before. */
  readonly freshFrom: number;
  readonly reading: LidReading;
  readonly status: ControllerStatus | null;
  readonly statusSequence: number;
  /** The last reading in which everything was known: what happened unseen is told from there. */
  readonly known: { readonly reading: LidReading; readonly status: ControllerStatus } | null;
  readonly order: Order | null;
}

type Challenge = Extract<ControllerMessage, { type: "challenge" }>;

type Order = UnlatchOrder | LatchOrder;

interface OrderBase {
  /** A controller that started anew has forgotten what it did for this order, so the order ends with it. */
  readonly bootId: number;
  readonly startedMs: number;
  readonly sentAtMs: number;
  /** Frames sent for this order; a refusal of any other frame is not ours. */
  readonly sequences: readonly number[];
}

interface UnlatchOrder extends OrderBase {
  readonly kind: "unlatch";
  readonly phase: "arming" | "firing";
  readonly hash: string;
  readonly nonce: string;
  readonly hasFired: boolean;
}

interface LatchOrder extends OrderBase {
  readonly kind: "latch";
  /** The controller's count of drives when this order began. */
  readonly drivesBefore: number;
}

export type HostInput =
  | { readonly type: "opened" }
  | { readonly type: "closed" }
  | { readonly type: "message"; readonly sequence: number; readonly message: ControllerMessage }
  | { readonly type: "unlatch"; readonly unlatching: Unlatching }
  | { readonly type: "latch" }
  | { readonly type: "tick" };

export type HostEffect =
  | { readonly type: "send"; readonly sequence: number; readonly message: HostMessage }
  | { readonly type: "tell"; readonly event: LidEvent }
  /** The line is open and dead: close it and open it again. */
  | { readonly type: "reopen" };

export interface HostStep {
  readonly state: HostState;
  readonly effects: readonly HostEffect[];
}

export const hostLimits = {
  /** Ticks must come at least this often; time beyond it counts as our own stall, not as the controller's silence. */
  tickMs: 25,
  pingEveryMs: 200,
  commsLostMs: 225,
  reopenMs: 1_500,
  resendMs: 250,
  /** A shot without effect by then was lost on the way. */
  shotMs: 400,
  /** No new attempt begins after this, so that the controller's 800 ms of driving fit. */
  lastAttemptMs: 1_400,
  orderMs: 2_800,
} as const;

/** `sequence` is drawn anew at each start, so that a report to the program before this one is known as such. */
export function startHost(nowMs: number, sequence: number): HostState {
  return {
    line: "down",
    nowMs,
    silentMs: 0,
    pingedAtMs: Number.NEGATIVE_INFINITY,
    sequence,
    freshFrom: sequence + 1,
    reading: unreachable(nowMs),
    status: null,
    statusSequence: 0,
    known: null,
    order: null,
  };
}

export function hostStep(before: HostState, input: HostInput, nowMs: number): HostStep {
  const heardMs = Math.min(Math.max(0, nowMs - before.nowMs), 2 * hostLimits.tickMs);
  const state: HostState = { ...before, nowMs, silentMs: before.silentMs + heardMs };
  switch (input.type) {
    case "opened":
      return ping(askAnew({ ...state, line: "silent", silentMs: 0 }));
    case "closed":
      return lose({ ...state, line: "down" });
    case "message":
      return hear(state, input);
    case "unlatch":
      return beginUnlatch(state, input.unlatching);
    case "latch":
      return beginLatch(state);
    case "tick":
      return tick(state);
  }
}

function tick(state: HostState): HostStep {
  if (state.line === "down") return stay(state);
  if (state.line === "up" && state.silentMs >= hostLimits.commsLostMs) return lose({ ...state, line: "silent" });
  if (state.silentMs >= hostLimits.reopenMs) return { state: { ...state, silentMs: 0 }, effects: [{ type: "reopen" }] };
  return then(pursue(state), (next) =>
    next.nowMs - next.pingedAtMs < hostLimits.pingEveryMs ? stay(next) : ping(next),
  );
}

function ping(state: HostState): HostStep {
  return send({ ...state, pingedAtMs: state.nowMs }, { type: "ping" });
}

/** Whatever was under way on the line may still arrive; only an answer to the next frame tells of now. */
function askAnew(state: HostState): HostState {
  return { ...state, freshFrom: (state.sequence + 1) & 0xffff, pingedAtMs: Number.NEGATIVE_INFINITY };
}

/** The line or the controller is gone: nothing is known, and an order under way cannot be followed. */
function lose(state: HostState): HostStep {
  const reading = unreachable(state.reading.atMs);
  const lost: HostState = { ...askAnew(state), reading, status: null };
  const effects = eventsBetween(state.reading, reading).map(tell);
  return then({ state: lost, effects }, (next) => end(next, new LidUnreachable(mayHaveMoved(next.order), reading)));
}

function mayHaveMoved(order: Order | null): boolean {
  return order?.kind === "unlatch" ? order.hasFired : order !== null;
}

function hear(state: HostState, { message, sequence }: Extract<HostInput, { type: "message" }>): HostStep {
  switch (message.type) {
    case "status":
      return isStale(state, message) || isEcho(state, message, sequence)
        ? stay(state)
        : hearStatus({ ...state, statusSequence: sequence }, message);
    case "challenge":
      return shoot(state, message);
    case "refused":
      return hearRefusal(state, message.replyTo, message.reason);
  }
}

/** A line keeps order, so a controller that has heard our question has heard all that was sent before it. */
function isStale({ line, freshFrom, sequence }: HostState, { heard }: ControllerStatus): boolean {
  const asked = (sequence - freshFrom) & 0xffff;
  return line !== "up" && (asked >= 0x8000 || ((heard - freshFrom) & 0xffff) > asked);
}

/** An old report heard again must not undo a newer one. Judged only while the line is up: sequences wrap around. */
function isEcho({ line, status, statusSequence }: HostState, { bootId }: ControllerStatus, sequence: number): boolean {
  if (line !== "up" || status?.bootId !== bootId) return false;
  const ahead = (sequence - statusSequence) & 0xffff;
  return ahead === 0 || ahead >= 0x8000;
}

function hearStatus(before: HostState, status: ControllerStatus): HostStep {
  const { position, latch, goods, faults, isSettled, lastUnlatch } = status;
  const reading: LidReading = { atMs: before.nowMs, position, latch, goods, faults, isSettled, lastUnlatch };
  const effects = eventsSince(before, reading, status).map(tell);
  const known = isSensed(reading) ? { reading, status } : before.known;
  const state: HostState = { ...before, line: "up", silentMs: 0, reading, status, known };
  return then({ state, effects }, conclude);
}

/** Edges by the controller's own count, so that none is missed between two reports or during a loss. */
function eventsSince(before: HostState, reading: LidReading, status: ControllerStatus): LidEvent[] {
  const { known } = before;
  if (!known || !isSensed(reading) || known.status.bootId !== status.bootId)
    return eventsBetween(before.reading, reading);
  const counts = {
    openings: (status.openings - known.status.openings) & 0xffff,
    releases: (status.releases - known.status.releases) & 0xffff,
  };
  if (isSensed(before.reading)) return eventsBetween(before.reading, reading, counts);
  return [...edgesBetween(known.reading, reading, counts), { type: "recovered", reading }];
}

/** Looks whether the order under way has had its effect. Only the controller's report counts. */
function conclude(state: HostState): HostStep {
  const { order, status, reading } = state;
  if (!order || !status) return stay(state);
  if (status.bootId !== order.bootId) return end(state, new LidUnreachable(mayHaveMoved(order), reading));
  if (status.isDriving) return stay(state);
  if (order.kind === "latch") {
    if (status.drives === order.drivesBefore) return stay(state);
    return end(state, reading.latch === "engaged" ? null : new LidStuck("engage", reading));
  }
  if (!order.hasFired || status.lastUnlatch?.hash !== order.hash) return stay(state);
  return end(state, reading.latch === "released" ? null : new LidStuck("release", reading));
}

function hearRefusal(state: HostState, replyTo: number, reason: LidRefused["reason"]): HostStep {
  const { order } = state;
  if (!order?.sequences.includes(replyTo)) return stay(state);
  if (reason === "stale_challenge" && state.nowMs - order.startedMs < hostLimits.lastAttemptMs) return attempt(state);
  if (reason === "busy" && order.sequences.length > 1) return stay(state);
  if (reason === "already_used" && order.kind === "unlatch" && order.hasFired) return stay(state);
  return end(state, new LidRefused(reason, state.reading));
}

function beginUnlatch(state: HostState, unlatching: Unlatching): HostStep {
  const { nonce } = unlatching;
  const ready = whenReady(state);
  if ("failure" in ready) return { state, effects: [tell({ type: "unlatch_failed", nonce, failure: ready.failure })] };
  const base = orderBase(ready.status, state.nowMs);
  const hash = unlatchHash(unlatching);
  return attempt({ ...state, order: { ...base, kind: "unlatch", phase: "arming", hash, nonce, hasFired: false } });
}

function beginLatch(state: HostState): HostStep {
  const ready = whenReady(state);
  if ("failure" in ready) return { state, effects: [tell({ type: "latch_failed", failure: ready.failure })] };
  const base = orderBase(ready.status, state.nowMs);
  return attempt({ ...state, order: { ...base, kind: "latch", drivesBefore: ready.status.drives } });
}

function whenReady({ order, reading, status }: HostState): { status: ControllerStatus } | { failure: LidFailure } {
  if (!status) return { failure: new LidUnreachable(false, reading) };
  return order ? { failure: new LidRefused("busy", reading) } : { status };
}

function orderBase({ bootId }: ControllerStatus, nowMs: number): OrderBase {
  return { bootId, startedMs: nowMs, sentAtMs: nowMs, sequences: [] };
}

/** Sends the order's first frame, or sends it again. */
function attempt(state: HostState): HostStep {
  const { order } = state;
  if (!order) return stay(state);
  if (order.kind === "latch") return sendFor(state, order, { type: "latch" });
  return sendFor(state, { ...order, phase: "arming" }, { type: "arm", hash: order.hash });
}

function shoot(state: HostState, { bootId, hash, challenge }: Challenge): HostStep {
  const { order } = state;
  const isOurs = order?.bootId === bootId && order.kind === "unlatch" && order.hash === hash;
  if (!isOurs || order.phase !== "arming") return stay(state);
  return sendFor(state, { ...order, phase: "firing", hasFired: true }, { type: "fire", hash, challenge });
}

/** Repeats what was lost and gives up in time. */
function pursue(state: HostState): HostStep {
  const { order, status } = state;
  if (!order) return stay(state);
  const isDriving = status?.isDriving ?? false;
  const ageMs = state.nowMs - order.startedMs;
  if (ageMs >= hostLimits.orderMs) return end(state, new LidUnreachable(mayHaveMoved(order), state.reading));
  const patienceMs = order.kind === "unlatch" && order.phase === "firing" ? hostLimits.shotMs : hostLimits.resendMs;
  const isDue = state.nowMs - order.sentAtMs >= patienceMs && ageMs < hostLimits.lastAttemptMs && !isDriving;
  return isDue ? attempt(state) : stay(state);
}

function end(state: HostState, failure: LidFailure | null): HostStep {
  const { order, reading } = state;
  if (!order) return stay(state);
  const done: HostState = { ...state, order: null };
  if (order.kind === "latch") {
    return {
      state: done,
      effects: [tell(failure ? { type: "latch_failed", failure } : { type: "latch_done", reading })],
    };
  }
  const { nonce } = order;
  return {
    state: done,
    effects: [tell(failure ? { type: "unlatch_failed", nonce, failure } : { type: "unlatch_done", nonce, reading })],
  };
}

function sendFor(state: HostState, order: Order, message: HostMessage): HostStep {
  const step = send(state, message);
  const sequences = [...order.sequences, step.state.sequence];
  return { ...step, state: { ...step.state, order: { ...order, sentAtMs: state.nowMs, sequences } } };
}

function send(state: HostState, message: HostMessage): HostStep {
  const sequence = (state.sequence + 1) & 0xffff;
  return { state: { ...state, sequence }, effects: [{ type: "send", sequence, message }] };
}

function stay(state: HostState): HostStep {
  return { state, effects: [] };
}

function then(first: HostStep, next: (state: HostState) => HostStep): HostStep {
  const second = next(first.state);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

function tell(event: LidEvent): HostEffect {
  return { type: "tell", event };
}
