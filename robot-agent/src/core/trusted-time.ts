/** What both of the robot's clocks say at one instant. */
export interface Moment {
  /** The real-time clock. May be wrong by years. */
  readonly wallMs: number;
  /** Time since the process began. Never goes back. */
  readonly monotonicMs: number;
}

/** A time, and the monotonic instant at which it held. */
interface Mark {
  readonly ms: number;
  readonly atMonotonicMs: number;
}

export interface TrustedTime {
  /** The latest time that is certain: signed by the cloud. Survives restarts. */
  readonly floor: Mark;
  /** The latest time that the wall clock ever showed in this life, so that setting it back lengthens nothing. */
  readonly highest: Mark;
  /** The cloud's signed time was heard in this life; the floor does not lag behind by the time we were off. */
  readonly isFresh: boolean;
}

/** No instant before this one is believed: the software did not exist. */
const softwareMs = Date.UTC(2026, 0, 1);
/** Wall and certain time further apart than this are worth a report. */
const suspicionMs = 60_000;

/** `storedFloorMs` is what the disk remembers, 0 when nothing was ever signed. */
export function startTrustedTime(storedFloorMs: number, moment: Moment): TrustedTime {
  const floor = { ms: Math.max(storedFloorMs, softwareMs), atMonotonicMs: moment.monotonicMs };
  return { floor, highest: { ms: moment.wallMs, atMonotonicMs: moment.monotonicMs }, isFresh: false };
}

/** The lower bound of now; what is worth remembering across restarts. It grows while the robot is on. */
export function certainMs({ floor }: TrustedTime, moment: Moment): number {
  return since(floor, moment);
}

/** Now, for every expiry. The wall clock can push it forward, never back, so it can only shorten a life. */
export function trustedMs(time: TrustedTime, moment: Moment): number {
  return Math.max(certainMs(time, moment), since(time.highest, moment), moment.wallMs);
}

/** Takes note of the wall clock. To be called at every step. */
export function watchClock(time: TrustedTime, moment: Moment): TrustedTime {
  if (moment.wallMs <= since(time.highest, moment)) return time;
  return { ...time, highest: { ms: moment.wallMs, atMonotonicMs: moment.monotonicMs } };
}

/** A time that the cloud signed for some other purpose, when a command was issued: now is not earlier. */
export function hearNotBefore(time: TrustedTime, atMs: number, moment: Moment): TrustedTime {
  if (atMs <= certainMs(time, moment)) return time;
  return { ...time, floor: { ms: atMs, atMonotonicMs: moment.monotonicMs } };
}

/** The cloud's word on what time it is. Also forgives a wall clock that was ahead for a while and was put right. */
export function hearTime(time: TrustedTime, atMs: number, moment: Moment): TrustedTime {
  if (atMs < certainMs(time, moment)) return time;
  const floor = { ms: atMs, atMonotonicMs: moment.monotonicMs };
  return { floor, highest: floor, isFresh: true };
}

/**
 * The wall clock stands before what is certain and nobody told us the time since the start: how long we were off is
 * unknown, so nothing that expires can be judged.
 */
export function isTimeLost(time: TrustedTime, moment: Moment): boolean {
  return !time.isFresh && since(time.highest, moment) < certainMs(time, moment) - suspicionMs;
}

/** The wall clock stands behind what is certain, or far ahead of what was heard in this life. */
export function isTimeSuspect(time: TrustedTime, moment: Moment): boolean {
  const apartMs = moment.wallMs - certainMs(time, moment);
  return apartMs < -suspicionMs || (time.isFresh && apartMs > suspicionMs);
}

function since(mark: Mark, moment: Moment): number {
  return mark.ms + (moment.monotonicMs - mark.atMonotonicMs);
}
