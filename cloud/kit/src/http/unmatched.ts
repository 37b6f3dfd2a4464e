import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { Fault } from "@kerbside/proto/base/fault";
import { problemResponse, toProblem } from "./problem.ts";

/** Answers what no endpoint took: `method_not_allowed` where the path exists, else `not_found`. */
export function unmatched(endpoints: readonly Endpoint[]): (request: Request, requestId: string) => Response {
  const paths = endpoints.map(({ method, path }) => ({ method: method.toUpperCase(), pattern: patternOf(path) }));
  return (request, requestId) => {
    const { pathname } = new URL(request.url);
    const allowed = [...new Set(paths.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method))];
    if (allowed.length === 0) return problemResponse(toProblem(new Fault("not_found"), requestId));
    const problem = toProblem(new Fault("method_not_allowed", { allowed }), requestId);
    return problemResponse(problem, { allow: allowed.join(", ") });
  };
}

function patternOf(path: string): RegExp {
  const literal = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replace(/\{[^}]+\}/g, "[^/]+")}$`);
}
