import type { MirrorEntry } from "./mirror.ts";
import type { MirrorWrite } from "./staging.ts";

/** Where in the shape's log the stored rows stand. */
export interface MirrorPosition {
  readonly handle: string;
  readonly offset: string;
}

/** The mirror on the robot's disk. Every write is one transaction with its position: all of it, or nothing. */
export interface MirrorStore {
  position(): MirrorPosition | null;
  rows(): readonly MirrorEntry[];
  write(write: MirrorWrite): void;
}
