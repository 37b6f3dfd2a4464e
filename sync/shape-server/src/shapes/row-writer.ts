import { hasPrimaryKey, keyColumns } from "../catalog/table.ts";
import { quoteName } from "../catalog/names.ts";
import type { Row } from "../where/where.ts";
import type { ShapeDefinition } from "./definition.ts";

const writers = new WeakMap<object, Map<string, RowWriter>>();

/** Shapes of one table that select the same share a writer. */
export function writerOf(definition: ShapeDefinition): RowWriter {
  const { table, columns, replica } = definition;
  const ofTable = writers.get(table) ?? new Map<string, RowWriter>();
  writers.set(table, ofTable);
  const key = `${replica} ${columns.join()}`;
  const writer = ofTable.get(key) ?? new RowWriter(definition);
  ofTable.set(key, writer);
  return writer;
}

/** Spells rows of one shape as the protocol's JSON. Names and keys are prepared once; values are strings or null. */
export class RowWriter {
  readonly #definition: Pick<ShapeDefinition, "columns" | "replica">;
  /** `"name":` of each column. */
  readonly #names: readonly string[];
  readonly #keys: readonly number[];
  readonly #keyPrefix: string;
  /** Columns that every message carries, to find the row. */
  readonly #identifying: ReadonlySet<number>;
  /** `"relation":["schema","table"]` */
  readonly relation: string;

  constructor(definition: ShapeDefinition) {
    const { table, columns, replica } = definition;
    this.#definition = { columns, replica };
    this.#names = table.columns.map(({ name }) => `${JSON.stringify(name)}:`);
    this.#keys = keyColumns(table);
    this.#keyPrefix = [table.schema, table.name].map(escapeName).join(".");
    this.#identifying = new Set(hasPrimaryKey(table) ? this.#keys : columns);
    this.relation = `"relation":${JSON.stringify([table.schema, table.name])}`;
  }

  /** The row's key, the same in snapshot and log: clients only compare it. */
  key(row: Row): string {
    let key = this.#keyPrefix;
    for (const column of this.#keys) key += `/${keyPart(row[column] ?? null)}`;
    return key;
  }

  /** Every selected column. */
  whole(row: Row): string {
    return this.#object(row, this.#definition.columns);
  }

  /** What names the row, and the columns that differ. */
  changed(row: Row, changes: readonly number[]): string {
    const { columns } = this.#definition;
    return this.#object(
      row,
      columns.filter((column) => this.#identifying.has(column) || changes.includes(column)),
    );
  }

  /** The named columns alone. */
  only(row: Row, columns: readonly number[]): string {
    return this.#object(row, columns);
  }

  /** What a delete carries. */
  last(row: Row): string {
    if (this.#definition.replica === "full") return this.whole(row);
    return this.changed(row, []);
  }

  /** A row of the snapshot as a message. */
  snapshotRow(row: Row): string {
    return `${this.openSnapshotRow(row)}}}`;
  }

  /** The same without its two closing braces, for what has more headers. */
  openSnapshotRow(row: Row): string {
    return `{"key":${JSON.stringify(this.key(row))},"value":${this.whole(row)},"headers":{"operation":"insert",${this.relation}`;
  }

  #object(row: Row, columns: readonly number[]): string {
    let text = "{";
    for (const column of columns) {
      const value = row[column] ?? null;
      text += `${text.length > 1 ? "," : ""}${this.#names[column]}${value === null ? "null" : JSON.stringify(value)}`;
    }
    return `${text}}`;
  }
}

/** `/` and `.` separate the parts of a key, so they are doubled inside names. */
function escapeName(name: string): string {
  return quoteName(name).replaceAll("/", "//").replaceAll(".", "..");
}

function keyPart(value: string | null): string {
  return value === null ? "_" : `"${value.replaceAll("/", "//")}"`;
}
