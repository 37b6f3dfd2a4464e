import type { Relation } from "../replication/pgoutput.ts";

export interface Column {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  /** `pg_type.typname`; of the element for arrays. */
  readonly type: string;
  readonly dims: number;
  /** The type as SQL names it, with its modifiers. */
  readonly sqlType: string;
  readonly isNotNull: boolean;
  /** Position in the primary key, from 0. */
  readonly keyIndex: number | null;
  /** Whether equal values have equal bytes: false under a collation that folds. */
  readonly isBytewise: boolean;
  /** Whether its texts are ordered as those of its type. */
  readonly isDefaultCollation: boolean;
}

/** A table as the catalog describes it; the columns are those that the stream carries, in the same order. */
export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly isPublished: boolean;
  readonly hasFullIdentity: boolean;
}

/** Indexes of the columns that identify a row: the primary key in its order, or every column by name without one. */
export function keyColumns(table: Table): readonly number[] {
  const indexes = table.columns.map((_, index) => index);
  const keyed = indexes.filter((index) => typeof table.columns[index]?.keyIndex === "number");
  const rank = (index: number): number => table.columns[index]?.keyIndex ?? 0;
  if (keyed.length > 0) return keyed.sort((a, b) => rank(a) - rank(b));
  const name = (index: number): string => table.columns[index]?.name ?? "";
  return indexes.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

export function hasPrimaryKey(table: Table): boolean {
  return table.columns.some(({ keyIndex }) => keyIndex !== null);
}

/** Whether the stream describes the table as we know it. Only what the stream tells is compared. */
export function agrees(table: Table, relation: Relation): boolean {
  return (
    table.schema === relation.schema &&
    table.name === relation.name &&
    table.columns.length === relation.columns.length &&
    table.columns.every((column, index) => {
      const streamed = relation.columns[index];
      return streamed?.name === column.name && streamed.typeOid === column.typeOid && streamed.typmod === column.typmod;
    })
  );
}

/** Whether two descriptions are of the same table in the same form; shapes do not outlive a change of it. */
export function isSameTable(a: Table, b: Table): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The `electric-schema` header for these columns. */
export function schemaHeader(table: Table, columns: readonly number[]): string {
  const entries = columns.flatMap((index) => {
    const column = table.columns[index];
    return column ? [[column.name, columnSchema(column)] as const] : [];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

function columnSchema(column: Column): Record<string, unknown> {
  return {
    type: column.type,
    ...(column.dims > 0 && { dims: column.dims }),
    ...(column.isNotNull && { not_null: true }),
    ...(column.keyIndex !== null && { pk_index: column.keyIndex }),
    ...modifiers(column),
  };
}

const varlenaHeaderBytes = 4;

/** What a type's declared modifier means, as the catalogs encode it. */
function modifiers({ type, typmod }: Column): Record<string, unknown> {
  if (typmod < 0) return {};
  switch (type) {
    case "varchar":
      return { max_length: typmod - varlenaHeaderBytes };
    case "bpchar":
      return { length: typmod - varlenaHeaderBytes };
    case "bit":
      return { length: typmod };
    case "varbit":
      return { type_mod: typmod };
    case "time":
    case "timetz":
    case "timestamp":
    case "timestamptz":
      return { precision: typmod };
    case "numeric": {
      const packed = typmod - varlenaHeaderBytes;
      return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
    }
    default:
      return { type_mod: typmod };
  }
}
