import { Fault, type FieldError } from "@kerbside/proto/base/fault";
import type { Problem } from "@kerbside/proto/base/problem";
import type * as z from "zod";
import { dataSafety } from "./safety.ts";

/** What a fault looks like on the wire (RFC 9457). Anything that is not a fault is ours to explain, not the caller's. */
export function toProblem(error: unknown, requestId: string): Problem {
  const fault = error instanceof Fault ? error : new Fault("internal");
  const { status, title } = fault.meaning;
  const { detail, ...details } = fault.details;
  return {
    type: `/docs/faults#${fault.code}`,
    title,
    status,
    code: fault.code,
    ...(typeof detail === "string" ? { detail } : {}),
    request_id: requestId,
    ...(fault.errors.length > 0 ? { errors: [...fault.errors] } : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      ...dataSafety,
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": problem.request_id,
      ...(problem.status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...retryHeader(problem),
      ...headers,
    },
  });
}

type Refused = Pick<Problem, "status" | "details">;

/** Seconds until trying again makes sense: a fault that knows says so in its details, and too many requests always end. */
export function retryAfterS({ status, details }: Refused): number | undefined {
  const seconds = details?.["retry_after_s"];
  if (typeof seconds === "number") return Math.max(1, Math.ceil(seconds));
  return status === 429 ? 1 : undefined;
}

export function retryHeader(refused: Refused): Readonly<Record<string, string>> {
  const seconds = retryAfterS(refused);
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}

/** Each wrong field by JSON pointer (RFC 6901): from the root of the body, or `/query/…` and `/path/…`. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], root = ""): readonly FieldError[] {
  return issues.slice(0, 50).flatMap((issue): readonly FieldError[] => {
    const at = root + issue.path.map((part) => `/${escape(String(part))}`).join("");
    if (issue.code !== "unrecognized_keys") return [{ pointer: at, message: issue.message }];
    return issue.keys
      .slice(0, 50)
      .map((key) => ({ pointer: `${at}/${escape(key)}`, message: "this field is not known here" }));
  });
}

function escape(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
