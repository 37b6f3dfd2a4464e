/** What the operator may want to know. */
export type ShapeServerEvent =
  | { readonly kind: "stream_failed"; readonly message: string }
  | { readonly kind: "request_failed"; readonly message: string }
  | { readonly kind: "history_lost"; readonly reason: string }
  | { readonly kind: "shape_ended"; readonly handle: string; readonly table: string; readonly reason: string };
