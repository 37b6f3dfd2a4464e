/**
 * How fast a robot gets along each kind of way, metres a second. What is not named here a robot does not use:
 * motorways, trunk roads, building sites and steps. Carriageways without a mapped sidewalk are slower than footways,
 * so that the footway beside them wins.
 */
const speedsMps: Readonly<Record<string, number>> = {
  footway: 1.5,
  pedestrian: 1.5,
  cycleway: 1.5,
  living_street: 1.4,
  residential: 1.4,
  service: 1.4,
  path: 1.3,
  unclassified: 1.3,
  tertiary: 1.3,
  tertiary_link: 1.3,
  secondary: 1.2,
  secondary_link: 1.2,
  primary: 1.1,
  primary_link: 1.1,
  track: 1.1,
};

/** The fastest entry above: what a straight line to the goal can never beat. */
export const speedLimitMps = 1.5;

/** What crossing a carriageway costs on average, milliseconds. */
const crossingPenaltyMs = { signals: 20_000, marked: 6_000 } as const;

type Tags = Readonly<Record<string, string>>;

/** Metres a second on this way, or null where a robot may not go. */
export function walkingSpeedMps(tags: Tags): number | null {
  const speed = speedsMps[tags["highway"] ?? ""];
  if (speed === undefined || tags["foot"] === "no") return null;
  const isClosed = tags["access"] === "no" || tags["access"] === "private";
  if (isClosed && tags["foot"] !== "yes" && tags["foot"] !== "designated") return null;
  return speed;
}

/** The delay at a node of a way, milliseconds. */
export function crossingMs(tags: Tags): number {
  if (tags["highway"] === "traffic_signals") return crossingPenaltyMs.signals;
  if (tags["highway"] !== "crossing") return 0;
  return tags["crossing"] === "traffic_signals" ? crossingPenaltyMs.signals : crossingPenaltyMs.marked;
}
