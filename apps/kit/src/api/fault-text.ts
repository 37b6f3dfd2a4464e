import { Fault } from "@kerbside/proto/base/fault";

/** What went wrong, for a person: our own words for a refusal, else that we do not know. */
export function faultText(problem: unknown): string {
  if (!(problem instanceof Fault)) return "Something unexpected happened on this page. Reload it and try again.";
  const detail = problem.details["detail"];
  const where = problem.errors.map(({ pointer, message }) => `${pointer}: ${message}`).join("; ");
  if (problem.code === "unavailable") return "No connection to the server. Nothing was changed; try again.";
  return [problem.meaning.title, typeof detail === "string" ? detail : "", where].filter(Boolean).join(" ");
}
