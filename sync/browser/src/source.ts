import type { ShapeAddress, ShapeRow } from "./wire.ts";

/** Where a stream stands, to go on from there later. */
export interface Position {
  readonly offset: string;
  readonly handle: string;
}

export interface RowChange {
  readonly operation: "insert" | "update" | "delete";
  readonly key: string;
  /** The whole row, or for updates only what changed. */
  readonly value: ShapeRow;
}

/** Takes what a stream brings. */
export interface ShapeSink {
  change(changes: readonly RowChange[]): void;
  /** Everything comes again from the beginning. */
  restart(): void;
  /** Everything up to here has come. */
  upToDate(position: Position): void;
  lost(reason: "unreachable" | "refused"): void;
}

/** Where shapes come from. */
export interface ShapeSource {
  /** Follows until disposed; gets over every trouble by itself. */
  follow(address: ShapeAddress, from: Position | null, sink: ShapeSink): Disposable;
}
