import { Fault } from "@kerbside/proto/base/fault";

/** What went wrong, for a person: our own words for a refusal, else that we do not know. */
export function faultText(problem: unknown): string {
  if (!(problem instanceof Fault)) return "Something unexpected happened on this page. Reload it and try again.";
  const detail = problem.details["detail"];
  const where = problem.errors.map(({ pointer, message }) => `${pointer}: ${message}`).join("; ");
  if (problem.code === "unavailable") return "No connection to the server. Nothing was changed; try again.";
  const requestId = problem.code === "internal" ? requestIdOf(problem.cause) : "";
  return [problem.meaning.title, typeof detail === "string" ? detail : "", where, requestId].filter(Boolean).join(" ");
}

function requestIdOf(cause: unknown): string {
  const id: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, "request_id") : null;
  return typeof id === "string" ? `(${id})` : "";
}
