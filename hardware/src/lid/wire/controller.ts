import type { Rng } from "@kerbside/proto/base/rng";
import type { LastUnlatch, LidRefusal } from "../lid.ts";
import { type Contacts, isAtRest, isLifted, isShut, type Sensing, sense, sensed, startSensing } from "../sensing.ts";
import type { ControllerMessage, ControllerStatus, HostMessage } from "./message.ts";

/** What the lid controller does, as its firmware must. See SPEC.md for the numbered rules. */
export interface ControllerState {
  readonly bootId: number;
  readonly sensing: Sensing;
  readonly isStalled: boolean;
  readonly armed: Armed | null;
  readonly drive: Drive | null;
  readonly drives: number;
  readonly openings: number;
  readonly releases: number;
  /** Hashes that were fired, newest last. */
  readonly spent: readonly string[];
  readonly lastUnlatch: LastUnlatch | null;
  readonly heardAtMs: number;
  /** Sequence of the frame that was heard then. */
  readonly heard: number;
  /** Times it latched by itself since the host was last heard. */
  readonly ownLatchings: number;
  readonly said: { readonly atMs: number; readonly what: string };
}

interface Armed {
  readonly hash: string;
  readonly challenge: string;
  readonly atMs: number;
}

interface Drive {
  readonly direction: "release" | "engage";
  readonly startedMs: number;
}

export type ControllerInput =
  | { readonly type: "message"; readonly sequence: number; readonly message: HostMessage }
  | { readonly type: "contacts"; readonly contacts: Contacts }
  | { readonly type: "tick" };

export type ControllerEffect =
  | { readonly type: "send"; readonly message: ControllerMessage }
  | { readonly type: "energise"; readonly direction: Drive["direction"]; readonly hash: string | null };

export interface ControllerStep {
  readonly state: ControllerState;
  readonly effects: readonly ControllerEffect[];
}

/** Now, and the source of challenges. `nowMs` never goes back. */
export interface ControllerContext {
  readonly nowMs: number;
  readonly rng: Rng;
}

export const controllerLimits = {
  challengeMs: 500,
  driveMs: 800,
  statusEveryMs: 50,
  hostSilenceMs: 5_000,
  ownLatchingsMax: 3,
  spentMax: 256,
} as const;

const challengeBytes = 16;

export function startController(contacts: Contacts, { nowMs, rng }: ControllerContext): ControllerState {
  return {
    bootId: rng.uint32(),
    sensing: startSensing(contacts, nowMs),
    isStalled: false,
    armed: null,
    drive: null,
    drives: 0,
    openings: 0,
    releases: 0,
    spent: [],
    lastUnlatch: null,
    heardAtMs: nowMs,
    heard: 0,
    ownLatchings: 0,
    said: { atMs: Number.NEGATIVE_INFINITY, what: "" },
  };
}

export function controllerStep(
  state: ControllerState,
  input: ControllerInput,
  context: ControllerContext,
): ControllerStep {
  const asked = input.type === "message" ? hear(state, input, context) : { state, effects: [] };
  const contacts = input.type === "contacts" ? input.contacts : asked.state.sensing.contacts;
  const felt = feel(asked.state, contacts, context.nowMs);
  const retracted = takeBack(felt, context.nowMs);
  const guarded = latchAlone(retracted.state, context.nowMs);
  const said = report(guarded.state, context.nowMs);
  return {
    state: said.state,
    effects: [...asked.effects, ...retracted.effects, ...guarded.effects, ...said.effects],
  };
}

function hear(
  before: ControllerState,
  input: Extract<ControllerInput, { type: "message" }>,
  context: ControllerContext,
): ControllerStep {
  const state = { ...before, heardAtMs: context.nowMs, heard: input.sequence, ownLatchings: 0 };
  const refuse = (next: ControllerState, reason: LidRefusal): ControllerStep => ({
    state: next,
    effects: [{ type: "send", message: { type: "refused", replyTo: input.sequence, reason } }],
  });
  switch (input.message.type) {
    case "ping":
      return { state, effects: [] };
    case "arm": {
      const refusal = declines(state) ?? spentRefusal(state, input.message.hash);
      return refusal ? refuse({ ...state, armed: null }, refusal) : arm(state, input.message.hash, context);
    }
    case "fire": {
      const { hash, challenge } = input.message;
      const disarmed = { ...state, armed: null };
      const refusal = declines(state) ?? spentRefusal(state, hash);
      if (refusal) return refuse(disarmed, refusal);
      if (!isFresh(state.armed, { hash, challenge, atMs: context.nowMs })) return refuse(disarmed, "stale_challenge");
      return fire(disarmed, hash, context.nowMs);
    }
    case "latch": {
      const disarmed = { ...state, armed: null };
      const refusal = declines(state) ?? (isShut(state.sensing) ? null : "not_closed");
      return refusal ? refuse(disarmed, refusal) : drive(disarmed, "engage", null, context.nowMs);
    }
  }
}

function arm(state: ControllerState, hash: string, { nowMs, rng }: ControllerContext): ControllerStep {
  const challenge = Buffer.from(rng.bytes(challengeBytes)).toString("hex");
  return {
    state: { ...state, armed: { hash, challenge, atMs: nowMs } },
    effects: [{ type: "send", message: { type: "challenge", bootId: state.bootId, hash, challenge } }],
  };
}

function isFresh(armed: Armed | null, shot: Armed): boolean {
  if (!armed || armed.hash !== shot.hash || armed.challenge !== shot.challenge) return false;
  return shot.atMs - armed.atMs <= controllerLimits.challengeMs;
}

function fire(state: ControllerState, hash: string, nowMs: number): ControllerStep {
  const spent = [...state.spent, hash].slice(-controllerLimits.spentMax);
  return drive({ ...state, spent, lastUnlatch: { hash, opened: false } }, "release", hash, nowMs);
}

function drive(
  state: ControllerState,
  direction: Drive["direction"],
  hash: string | null,
  nowMs: number,
): ControllerStep {
  return {
    state: { ...state, drive: { direction, startedMs: nowMs }, drives: (state.drives + 1) & 0xffff },
    effects: [{ type: "energise", direction, hash }],
  };
}

function declines(state: ControllerState): LidRefusal | null {
  if (state.drive) return "busy";
  return state.sensing.contacts.isPowerLow ? "power_low" : null;
}

function spentRefusal(state: ControllerState, hash: string): LidRefusal | null {
  return state.spent.includes(hash) ? "already_used" : null;
}

/** Takes the sensors, counts edges, and ends a drive that arrived or took too long. */
function feel(state: ControllerState, contacts: Contacts, nowMs: number): ControllerState {
  const before = sensed(state.sensing, false);
  const sensing = sense(state.sensing, contacts, nowMs);
  const after = sensed(sensing, false);
  const isOpening = before.position !== "open" && after.position === "open";
  const isReleasing = before.latch === "engaged" && after.latch === "released";
  const opened = after.position === "open";
  return endDrive(
    {
      ...state,
      sensing,
      openings: (state.openings + (isOpening ? 1 : 0)) & 0xffff,
      releases: (state.releases + (isReleasing ? 1 : 0)) & 0xffff,
      lastUnlatch: state.lastUnlatch && opened ? { ...state.lastUnlatch, opened } : state.lastUnlatch,
    },
    nowMs,
  );
}

function endDrive(state: ControllerState, nowMs: number): ControllerState {
  if (!state.drive) return state;
  const wanted = state.drive.direction === "release" ? "released" : "engaged";
  if (sensed(state.sensing, false).latch === wanted) return { ...state, drive: null, isStalled: false };
  if (nowMs - state.drive.startedMs < controllerLimits.driveMs) return state;
  return { ...state, drive: null, isStalled: true };
}

/** A bolt that is driven out while the lid is lifted would keep it from closing, or catch a hand. */
function takeBack(state: ControllerState, nowMs: number): ControllerStep {
  const isMet = state.drive?.direction === "engage" && isLifted(state.sensing);
  return isMet ? drive(state, "release", null, nowMs) : { state, effects: [] };
}

/** A closed lid is not left unlatched when the computer that should watch it is gone. */
function latchAlone(state: ControllerState, nowMs: number): ControllerStep {
  const silentMs = nowMs - state.heardAtMs;
  const isDue = silentMs >= controllerLimits.hostSilenceMs * (state.ownLatchings + 1);
  const isLeftOpen = isShut(state.sensing) && sensed(state.sensing, false).latch === "released";
  if (!isDue || !isLeftOpen || declines(state) || state.ownLatchings >= controllerLimits.ownLatchingsMax) {
    return { state, effects: [] };
  }
  return drive({ ...state, armed: null, ownLatchings: state.ownLatchings + 1 }, "engage", null, nowMs);
}

function report(state: ControllerState, nowMs: number): ControllerStep {
  const status = statusOf(state);
  const what = JSON.stringify(status);
  if (what === state.said.what && nowMs - state.said.atMs < controllerLimits.statusEveryMs)
    return { state, effects: [] };
  return { state: { ...state, said: { atMs: nowMs, what } }, effects: [{ type: "send", message: status }] };
}

function statusOf(state: ControllerState): ControllerStatus {
  const { bootId, drives, openings, releases, heard, lastUnlatch } = state;
  const isDriving = state.drive !== null;
  return {
    type: "status",
    bootId,
    ...sensed(state.sensing, state.isStalled),
    isDriving,
    isSettled: !isDriving && isAtRest(state.sensing),
    drives,
    openings,
    releases,
    heard,
    lastUnlatch,
  };
}
