import type { Position, RowChange } from "./source.ts";
import type { RowDelta, ShapeRow } from "./wire.ts";

/**
 * The rows of one shape. Changes wait until the stream says that everything has come, so that nobody sees half of a
 * transaction; when everything comes again, the old rows serve until the new ones are complete.
 */
export class ShapeTable {
  #rows = new Map<string, ShapeRow>();
  #staged: RowChange[] = [];
  #isRestarted = false;
  position: Position | null = null;

  /** Everything, for somebody who has nothing yet. */
  whole(): RowDelta {
    return { isReset: true, put: [...this.#rows], gone: [] };
  }

  stage(changes: readonly RowChange[]): void {
    this.#staged.push(...changes);
  }

  restart(): void {
    this.#staged = [];
    this.#isRestarted = true;
    this.position = null;
  }

  /** A stream was given up in the middle: what it brought after the last whole state is asked for again. */
  rewind(): void {
    this.#staged = [];
    this.#isRestarted = this.position === null;
  }

  /** What changed since the last whole state. */
  commit(position: Position): RowDelta {
    this.position = position;
    const staged = this.#staged;
    this.#staged = [];
    if (this.#isRestarted) return this.#replace(staged);
    const touched = new Map<string, ShapeRow | null>();
    for (const change of staged) touched.set(change.key, this.#apply(change));
    return {
      isReset: false,
      put: [...touched].flatMap(([key, row]) => (row === null ? [] : [[key, row] as const])),
      gone: [...touched].flatMap(([key, row]) => (row === null ? [key] : [])),
    };
  }

  #replace(staged: readonly RowChange[]): RowDelta {
    this.#rows = new Map();
    this.#isRestarted = false;
    for (const change of staged) this.#apply(change);
    return this.whole();
  }

  #apply({ operation, key, value }: RowChange): ShapeRow | null {
    if (operation === "delete") {
      this.#rows.delete(key);
      return null;
    }
    const row = { ...this.#rows.get(key), ...value };
    this.#rows.set(key, row);
    return row;
  }
}

/** Two deltas one after the other as one. */
export function joinDeltas(first: RowDelta | null, second: RowDelta): RowDelta {
  if (first === null || second.isReset) return second;
  const put = new Map(first.put);
  const gone = new Set(first.gone);
  for (const [key, row] of second.put) {
    put.set(key, row);
    gone.delete(key);
  }
  for (const key of second.gone) {
    put.delete(key);
    if (!first.isReset) gone.add(key);
  }
  return { isReset: first.isReset, put: [...put], gone: [...gone] };
}

export function isEmpty(delta: RowDelta): boolean {
  return !delta.isReset && delta.put.length === 0 && delta.gone.length === 0;
}
