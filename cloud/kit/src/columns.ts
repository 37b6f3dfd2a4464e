import { getTableColumns, sql } from "drizzle-orm";
import { type CheckBuilder, check, customType, type PgColumn } from "drizzle-orm/pg-core";

/** `timestamptz(3)` that reads as an Instant of the contracts: RFC 3339, UTC, milliseconds. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => "timestamp(3) with time zone",
  fromDriver: (value) => new Date(value).toISOString(),
});

/**
 * The CHECK of a closed set, printed from the constant that the column was declared with:
 * `state: text("state", { enum: deliveryStates }).notNull()` and, in the table's extras, `(t) => [oneOf(t.state)]`.
 */
export function oneOf(column: PgColumn): CheckBuilder {
  const declared = Object.values(getTableColumns(column.table)).find(({ name }) => name === column.name);
  const values = declared?.enumValues ?? [];
  if (values.length === 0) throw new Error(`column ${column.name} declares no set: text(name, { enum: values })`);
  return check(`${column.name}_known`, sql`${column} in (${sql.raw(values.map(quoted).join(", "))})`);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
