import type { Position } from "./position.ts";

/** What reading a shape's log from some place came to. */
export interface Reading {
  readonly body: Buffer;
  readonly end: Position;
  readonly isUpToDate: boolean;
  readonly hasEntries: boolean;
}
