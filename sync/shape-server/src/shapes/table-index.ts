import { indexKeys } from "../where/index-keys.ts";
import type { RowChange } from "./changes.ts";
import type { Shape } from "./shape.ts";

/** The shapes of one table, found by the values that a changed row has or had. */
export class TableIndex {
  /** Column, then value, then shapes; NULL is a value. */
  readonly #byColumn = new Map<number, Map<string | null, Set<Shape>>>();
  /** Shapes that any change may concern. */
  readonly #always = new Set<Shape>();
  readonly #all = new Set<Shape>();

  get size(): number {
    return this.#all.size;
  }

  shapes(): ReadonlySet<Shape> {
    return this.#all;
  }

  add(shape: Shape): void {
    this.#all.add(shape);
    const keys = keysOf(shape);
    if (keys === null) this.#always.add(shape);
    for (const { column, value } of keys ?? []) this.#bucket(column, value).add(shape);
  }

  remove(shape: Shape): void {
    this.#all.delete(shape);
    this.#always.delete(shape);
    for (const { column, value } of keysOf(shape) ?? []) {
      const values = this.#byColumn.get(column);
      const bucket = values?.get(value);
      bucket?.delete(shape);
      if (bucket?.size === 0) values?.delete(value);
      if (values?.size === 0) this.#byColumn.delete(column);
    }
  }

  /** Every shape that the change may concern, each once; the clause itself still has to be judged. */
  candidates(change: RowChange): ReadonlySet<Shape> {
    if (this.#byColumn.size === 0) return this.#always;
    const found = new Set(this.#always);
    for (const [column, values] of this.#byColumn) {
      for (const row of [change.old, change.new]) {
        if (row) for (const shape of values.get(row[column] ?? null) ?? []) found.add(shape);
      }
    }
    return found;
  }

  #bucket(column: number, value: string | null): Set<Shape> {
    const values = this.#byColumn.get(column) ?? new Map<string | null, Set<Shape>>();
    this.#byColumn.set(column, values);
    const bucket = values.get(value) ?? new Set<Shape>();
    values.set(value, bucket);
    return bucket;
  }
}

function keysOf(shape: Shape) {
  const { where } = shape.definition;
  return where === null ? null : indexKeys(where);
}
