/** A fresh id for a request, so that the same press of a button, sent twice, orders once. */
export function newRequestId(): string {
  return crypto.randomUUID();
}
