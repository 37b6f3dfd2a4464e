import type { ShapeDefinition } from "./definition.ts";
import type { SnapshotMark } from "./visibility.ts";

/** What the log keeps of a shape besides its rows. */
export interface StoredBody {
  readonly definition: ShapeDefinition;
  readonly mark: SnapshotMark;
}

interface Written {
  readonly definition: ShapeDefinition;
  readonly mark: {
    readonly xmin: string;
    readonly xmax: string;
    readonly inProgress: string[];
    readonly insertLsn: string;
  };
}

export function writeBody({ definition, mark }: StoredBody): string {
  const written: Written = {
    definition,
    mark: {
      xmin: String(mark.xmin),
      xmax: String(mark.xmax),
      inProgress: mark.inProgress.map(String),
      insertLsn: String(mark.insertLsn),
    },
  };
  return JSON.stringify(written);
}

export function readBody(text: string): StoredBody {
  const { definition, mark }: Written = JSON.parse(text);
  return {
    definition,
    mark: {
      xmin: BigInt(mark.xmin),
      xmax: BigInt(mark.xmax),
      inProgress: mark.inProgress.map(BigInt),
      insertLsn: BigInt(mark.insertLsn),
    },
  };
}
