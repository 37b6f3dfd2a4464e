import type { Place } from "@kerbside/proto/base/place";

/** A stop of a mission with the way to it. */
export interface Leg {
  readonly kind: string;
  readonly route: readonly Place[];
}

export interface LegAhead {
  readonly route: readonly Place[];
  /** It comes after another; the first is the one that the robot drives or is about to drive. */
  readonly isLater: boolean;
}

/** The legs that lie before a robot that heads for a stop, or stands at it; all of them before it has set out. */
export function legsAhead(
  stops: readonly Leg[],
  { stop, isAtStop }: { readonly stop: string | null; readonly isAtStop: boolean },
): readonly LegAhead[] {
  const at = stops.findIndex(({ kind }) => kind === stop);
  const first = at < 0 ? 0 : isAtStop ? at + 1 : at;
  return stops.slice(first).map(({ route }, index) => ({ route, isLater: index > 0 || isAtStop }));
}
