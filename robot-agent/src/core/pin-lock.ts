import { pinPolicy } from "@kerbside/proto/robot/grant";

/** How often somebody guessed, and until when nobody may. Times are certain time, so that no clock shortens a lock-out. */
export interface PinLock {
  readonly tries: number;
  readonly lockouts: number;
  readonly lockedUntilMs: number;
}

export const freshPinLock: PinLock = { tries: 0, lockouts: 0, lockedUntilMs: 0 };

/** The longest lock-out; doubling stops here. */
const lockoutMaxMs = 3_600_000;

export function isLockedOut(lock: PinLock, certainMs: number): boolean {
  return certainMs < lock.lockedUntilMs;
}

/** Counts a try before it is checked, so that pulling the plug in between wins no free one. */
export function countTry(lock: PinLock, certainMs: number): PinLock {
  const tries = lock.tries + 1;
  if (tries < pinPolicy.triesMax) return { ...lock, tries };
  const lockoutMs = Math.min(lockoutMaxMs, pinPolicy.lockoutFirstMs * 2 ** lock.lockouts);
  return { tries: 0, lockouts: lock.lockouts + 1, lockedUntilMs: certainMs + lockoutMs };
}
