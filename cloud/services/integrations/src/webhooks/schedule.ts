import { type Rng, unit } from "@kerbside/proto/base/rng";

const s = 1_000;
const minute = 60 * s;
const hour = 60 * minute;

/** How long to wait before each try, from the try before (Standard Webhooks). Together three days and some hours. */
export const delaysMs = [
  0,
  5 * s,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;

export const tryDeadlineMs = 15 * s;
/** The longest pause that a receiver can ask for. */
const pauseMaxMs = hour;
const pauseMs = 30 * s;
/** A delay is drawn out by up to this part of itself, so that what failed together does not come back together. */
const jitter = 0.1;

/** What came of one try. A null status says that there was no answer. */
export interface Outcome {
  readonly status: number | null;
  /** What the receiver asked for, if it did. */
  readonly retryAfterMs: number | null;
}

export type Verdict =
  | { readonly type: "succeeded" }
  /** The receiver says that it is gone for good. */
  | { readonly type: "gone" }
  /** It was tried to the end of the schedule. */
  | { readonly type: "exhausted" }
  | {
      readonly type: "again";
      readonly inMs: number;
      /** How long to leave the whole endpoint alone; null where only this message failed. */
      readonly pauseMs: number | null;
    };

/** Decides about a message after its try number `tries`, counted from 1 within its schedule. */
export function judge(tries: number, outcome: Outcome, rng: Rng): Verdict {
  const { status } = outcome;
  if (status !== null && status >= 200 && status < 300) return { type: "succeeded" };
  if (status === 410) return { type: "gone" };
  const delayMs = delaysMs[tries];
  if (delayMs === undefined) return { type: "exhausted" };
  const pause = pauseOf(outcome);
  const drawnOutMs = Math.round(delayMs * (1 + jitter * unit(rng)));
  return { type: "again", inMs: Math.max(drawnOutMs, pause ?? 0), pauseMs: pause };
}

/** A receiver that is overloaded or being restarted is left alone for a while; one that answers wrongly is not. */
function pauseOf({ status, retryAfterMs }: Outcome): number | null {
  if (status !== 429 && status !== 502 && status !== 503 && status !== 504) return null;
  return Math.min(pauseMaxMs, Math.max(pauseMs, retryAfterMs ?? 0));
}

/** `Retry-After` as seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * s;
  const at = header.endsWith("GMT") ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
