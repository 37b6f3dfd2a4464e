import type { Fault } from "@kerbside/proto/base/fault";

/** A refusal as problem+json, for hosts that bring no words of their own. */
export function problemAnswer(fault: Fault, request: Request): Response {
  const { status, title } = fault.meaning;
  const { retry_after_s: retryAfterS } = fault.details;
  const problem = {
    type: `/docs/faults#${fault.code}`,
    title,
    status,
    code: fault.code,
    request_id: request.headers.get("x-request-id") ?? "",
    ...(fault.errors.length > 0 && { errors: fault.errors }),
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "private, no-store",
      ...(status === 401 && { "www-authenticate": "Bearer" }),
      ...(status === 405 && { allow: "GET, POST" }),
      ...(typeof retryAfterS === "number" && { "retry-after": String(retryAfterS) }),
    },
  });
}
