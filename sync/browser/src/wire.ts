/** One row as the public client parsed it; int8 columns are bigint, which ports carry as they are. */
export type ShapeRow = object;

/**
 * `catching_up` until everything is here, `live` while the server's word is fresh, `lost` when it cannot be reached or
 * refuses us. Times are milliseconds since 1970.
 */
export interface ShapeStatus {
  readonly state: "catching_up" | "live" | "lost";
  /** Since when it is so. */
  readonly sinceMs: number;
  /** When the server last said that nothing is missing; null before the first time. */
  readonly heardAtMs: number | null;
  /** Why it is lost: no answer, or we may not see it (any more). */
  readonly reason: "unreachable" | "refused" | null;
}

export interface ShapeAddress {
  readonly name: string;
  /** `{kind}:{id}` of whoever is signed in. */
  readonly principal: string;
  /** Bearer token where no cookie speaks for the principal, as behind a tracking link. */
  readonly token: string | null;
}

/** From a tab to the hub. */
export type ToHub =
  /** The name of the lock that the tab holds as long as it lives. */
  | { readonly type: "hello"; readonly lock: string }
  | ({ readonly type: "open"; readonly id: number } & ShapeAddress)
  | { readonly type: "close"; readonly id: number }
  | { readonly type: "bye" };

/** From the hub to a tab. */
export type ToTab =
  | ({ readonly type: "rows"; readonly id: number } & RowDelta)
  | { readonly type: "status"; readonly id: number; readonly status: ShapeStatus };

export interface RowDelta {
  /** Forget what you have: `put` is everything. */
  readonly isReset: boolean;
  readonly put: readonly (readonly [key: string, row: ShapeRow])[];
  readonly gone: readonly string[];
}
