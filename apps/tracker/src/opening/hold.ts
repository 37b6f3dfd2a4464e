/** A press as a person makes it on the button that opens the lid. Times are milliseconds. */
export type Press =
  | { readonly type: "down"; readonly atMs: number }
  | { readonly type: "up"; readonly atMs: number }
  /** A click without a press before it, as assistive technology makes. */
  | { readonly type: "click"; readonly atMs: number };

export interface Hold {
  readonly downAtMs: number | null;
  /** When a short press or a click asked for a second one. */
  readonly askedAtMs: number | null;
}

export const restingHold: Hold = { downAtMs: null, askedAtMs: null };

/** So long is held; so long is a first press remembered. */
export const holdMs = 900;
const twiceWithinMs = 5_000;

/**
 * Opening wants a purpose: hold the button, or press it twice. The second way is for those who cannot hold, and for
 * screen readers. Answers `opens` once.
 */
export function stepHold(hold: Hold, press: Press): { readonly hold: Hold; readonly opens: boolean } {
  if (press.type === "down") return { hold: { ...hold, downAtMs: press.atMs }, opens: false };
  const isHeld = press.type === "up" && hold.downAtMs !== null && press.atMs - hold.downAtMs >= holdMs;
  const isSecond = hold.askedAtMs !== null && press.atMs - hold.askedAtMs <= twiceWithinMs;
  if (isHeld || isSecond) return { hold: restingHold, opens: true };
  return { hold: { downAtMs: null, askedAtMs: press.atMs }, opens: false };
}
