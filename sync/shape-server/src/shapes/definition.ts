import type { Table } from "../catalog/table.ts";
import { whereSql } from "../where/sql.ts";
import type { Where } from "../where/where.ts";

/** What a shape is, resolved against the catalog. */
export interface ShapeDefinition {
  readonly table: Table;
  /** Null for every row. */
  readonly where: Where | null;
  /** Indexes of the selected columns, in the table's order. */
  readonly columns: readonly number[];
  readonly isSelection: boolean;
  /** `full` sends whole rows and the previous values of what changed. */
  readonly replica: "default" | "full";
  /** `changes_only` has no rows of the snapshot. */
  readonly log: "full" | "changes_only";
}

const identities = new WeakMap<ShapeDefinition, string>();

/** Two requests follow the same shape exactly when their definitions have the same identity. */
export function identityOf(definition: ShapeDefinition): string {
  const identity = identities.get(definition) ?? describe(definition);
  identities.set(definition, identity);
  return identity;
}

function describe({ table, where, columns, isSelection, replica, log }: ShapeDefinition): string {
  const names = isSelection ? columns.map((index) => table.columns[index]?.name ?? "").sort() : "*";
  return JSON.stringify([table.oid, table.schema, table.name, where && whereSql(where, table), names, replica, log]);
}
