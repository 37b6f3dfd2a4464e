import type { Principal } from "@kerbside/proto/base/roles";

/** What one principal may see of a table: SQL over its columns with `$1`, `$2` …, values as text. */
export interface ShapeRows {
  readonly sql: string;
  readonly params: readonly string[];
}

/** One named shape: who asks decides the rows; table and columns are nobody's to choose. */
export interface ShapePolicy {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  /** The primary key must be among them. */
  readonly columns: readonly string[];
  readonly replica?: "default" | "full" | undefined;
  /** Null refuses. */
  readonly where: (principal: Principal) => ShapeRows | null;
}
