/** A satellite receiver. Delivers readings; takes no orders. */
export interface Gnss extends AsyncDisposable {
  /** What is known now. Before the first sentence: no fix, link `lost`. */
  read(): GnssReading;
  /** Calls for every new fix and every change of link, until the answered function is called. */
  subscribe(listener: (reading: GnssReading) => void): () => void;
}

/** What the receiver says, and whether it still speaks. */
export interface GnssReading {
  /** When the receiver last said anything valid, on the adapter's monotonic clock, milliseconds. */
  readonly atMs: number;
  /** Null while the receiver has no position; an old fix is never repeated. */
  readonly fix: GnssFix | null;
  /** `lost` when the receiver has said nothing valid for 2 s. */
  readonly link: "up" | "lost";
  /** Sentences refused since the start: damaged, too long or out of range. */
  readonly refusedCount: number;
}

/** One position, as it was measured. */
export interface GnssFix {
  /** WGS 84 degrees, north and east positive. */
  readonly lat: number;
  readonly lng: number;
  /** Horizontal 1-sigma estimate in metres. */
  readonly accuracyM: number;
  readonly speedMps: number;
  /** Course over ground, degrees clockwise from true north in [0, 360); null when too slow to tell. */
  readonly headingDeg: number | null;
  readonly satellites: number;
  readonly quality: "gnss" | "differential" | "rtk_float" | "rtk_fixed" | "dead_reckoning";
  /** UTC of the fix, milliseconds since 1970; null until the receiver knows the date. Not a trusted clock. */
  readonly utcMs: number | null;
}
