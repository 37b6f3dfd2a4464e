import { isSameTable, type Table } from "../catalog/table.ts";
import type { SqliteLog, StoredShape } from "../log/store.sqlite.ts";
import { type ShapeDefinition, identityOf } from "./definition.ts";
import { Shape, type ShapeEnd } from "./shape.ts";
import { readBody } from "./stored.ts";
import { TableIndex } from "./table-index.ts";

export interface RegistryOptions {
  readonly log: Pick<SqliteLog, "addShape" | "drop">;
  readonly now: () => number;
  readonly newHandle: () => string;
  /** Called when a shape begins, to fill it. */
  readonly onNew: (shape: Shape) => void;
  readonly onEnd: (shape: Shape, end: ShapeEnd) => void;
}

/** Every shape there is, by identity, by handle and by table. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #byKey = new Map<string, Shape>();
  readonly #byTable = new Map<number, TableIndex>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  shapes(): Iterable<Shape> {
    return this.#byKey.values();
  }

  find(definition: ShapeDefinition): Shape | null {
    return this.#byKey.get(identityOf(definition)) ?? null;
  }

  /** The shape of this definition; begins one when there is none. */
  findOrBegin(definition: ShapeDefinition): Shape {
    const key = identityOf(definition);
    const known = this.#byKey.get(key);
    if (known) return known;
    const handle = this.#options.newHandle();
    const id = this.#options.log.addShape(handle, "");
    const shape = new Shape({ id, handle, key }, { definition, nowMs: this.#options.now() });
    this.#add(shape);
    this.#options.onNew(shape);
    return shape;
  }

  /** Brings a stored shape back. False when its table is no longer as it was. */
  restore(stored: StoredShape, tables: ReadonlyMap<number, Table>): boolean {
    const { definition: written, mark } = readBody(stored.body);
    const table = tables.get(written.table.oid);
    if (!table || !isSameTable(table, written.table)) return false;
    const definition = { ...written, table };
    const identity = { id: stored.id, handle: stored.handle, key: identityOf(definition) };
    const shape = new Shape(identity, { definition, nowMs: this.#options.now() });
    shape.resume(stored, mark);
    this.#add(shape);
    return true;
  }

  ofTable(oid: number): TableIndex | null {
    return this.#byTable.get(oid) ?? null;
  }

  tables(): readonly number[] {
    return [...this.#byTable.keys()];
  }

  /** Ends a shape: whoever follows it is told to begin anew, under another handle. */
  end(shape: Shape, end: ShapeEnd): void {
    if (shape.ended) return;
    shape.ended = end;
    this.#byKey.delete(shape.key);
    const index = this.#byTable.get(shape.definition.table.oid);
    index?.remove(shape);
    if (index?.size === 0) this.#byTable.delete(shape.definition.table.oid);
    this.#options.log.drop(shape.id);
    this.#options.onEnd(shape, end);
    shape.notify();
  }

  endTable(oid: number, reason: string): void {
    for (const shape of this.#byTable.get(oid)?.shapes() ?? []) this.end(shape, { reason });
  }

  endAll(reason: string): void {
    for (const shape of this.#byKey.values()) this.end(shape, { reason });
  }

  #add(shape: Shape): void {
    this.#byKey.set(shape.key, shape);
    const { oid } = shape.definition.table;
    const index = this.#byTable.get(oid) ?? new TableIndex();
    this.#byTable.set(oid, index);
    index.add(shape);
  }
}
