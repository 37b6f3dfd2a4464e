import type { Column } from "../catalog/table.ts";

/** Column types whose equal values have one text, and the type their constants are read as. */
const comparisonTypes: Readonly<Record<string, string>> = {
  bool: "bool",
  int2: "int2",
  int4: "int4",
  int8: "int8",
  text: "text",
  uuid: "uuid",
  varchar: "text",
};

/** Null for columns that may not be compared: two spellings of one value, or a collation that folds. */
export function comparisonType(column: Column | undefined): string | null {
  if (!column || column.dims > 0 || !column.isBytewise) return null;
  return comparisonTypes[column.type] ?? null;
}
