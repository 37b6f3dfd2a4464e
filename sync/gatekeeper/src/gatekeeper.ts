import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { problemAnswer } from "./problem-answer.ts";
import { protocolQuery } from "./protocol-query.ts";
import type { ShapePolicy } from "./shape-policy.ts";
import { subsetBody } from "./subset-body.ts";
import { endingAfter, isStream } from "./stream-limit.ts";
import { passOn } from "./upstream-answer.ts";
import { upstreamUrl } from "./upstream-url.ts";

/** Our shape server's `fetch`, or the network's. */
export type Upstream = (request: Request) => Promise<Response>;

export interface GatekeeperOptions {
  readonly policies: readonly ShapePolicy[];
  /** Asked at every request: whoever was revoked is refused at the next. */
  readonly authenticate: (request: Request) => Promise<Principal | null>;
  readonly upstream: Upstream;
  /** Where a real Electric is (`ELECTRIC_URL`). Absent: the upstream is in this process. */
  readonly upstreamUrl?: string;
  /** Electric's secret. No client ever sees it. */
  readonly secret?: string;
  readonly clock?: Clock;
  /** How a refusal looks; the host has its own words and request ids. */
  readonly refuse?: (fault: Fault, request: Request) => Response;
}

/** A live request ends within this even if the upstream would go on longer, so that a revocation is felt in time. */
const answerLimitMs = 40_000;
const pathForm = /^\/shapes\/([^/]+)\/([^/]+)$/;

/**
 * Serves named shapes at `/shapes/{kind}:{id}/{name}` and nothing else. The principal in the path must be the one who
 * asks: clients remember shapes by URL, so two who share a program must never share one.
 */
export function gatekeeper(options: GatekeeperOptions): (request: Request) => Promise<Response> {
  const refuse = options.refuse ?? problemAnswer;
  const byName = new Map(options.policies.map((policy) => [policy.name, policy]));
  if (byName.size < options.policies.length) throw new Error("two shape policies have the same name");
  return async (request) => {
    try {
      return await serve(request, { ...options, byName });
    } catch (problem) {
      if (request.signal.aborted) throw problem;
      return refuse(problem instanceof Fault ? problem : new Fault("unavailable"), request);
    }
  };
}

type Serving = GatekeeperOptions & { readonly byName: ReadonlyMap<string, ShapePolicy> };

async function serve(request: Request, serving: Serving): Promise<Response> {
  if (request.method !== "GET" && request.method !== "POST") {
    throw new Fault("method_not_allowed", { allowed: ["GET", "POST"] });
  }
  const url = new URL(request.url);
  const asked = readPath(url.pathname);
  const principal = await serving.authenticate(request);
  if (!principal) throw new Fault("unauthenticated");
  if (asked.principal !== `${principal.kind}:${principal.id}`) throw new Fault("forbidden");
  const policy = serving.byName.get(asked.name);
  if (!policy) throw new Fault("not_found");
  const rows = policy.where(principal);
  if (rows === null) throw new Fault("forbidden");
  const query = protocolQuery(url.searchParams);
  if (!query.ok) throw new Fault("invalid_request", {}, query.errors);
  const body = request.method === "POST" ? await subsetBody(request) : null;
  if (body && !body.ok) throw new Fault("invalid_request", {}, body.errors);
  const target = upstreamUrl(serving.upstreamUrl ?? "http://shapes.invalid", {
    policy,
    rows,
    protocol: query.value,
    secret: serving.secret ?? null,
    isSubset: body !== null || [...query.value.keys()].some((name) => name.startsWith("subset__")),
  });
  return passOn(await ask({ url: target, body: body?.value ?? null }, request.signal, serving));
}

function readPath(pathname: string): { readonly principal: string; readonly name: string } {
  const match = pathForm.exec(pathname);
  try {
    return { principal: decodeURIComponent(match?.[1] ?? ""), name: decodeURIComponent(match?.[2] ?? "") };
  } catch {
    throw new Fault("not_found");
  }
}

/** Whoever goes away takes the upstream request along. */
async function ask(
  { url, body }: { readonly url: URL; readonly body: string | null },
  signal: AbortSignal,
  { upstream, clock = systemClock }: Serving,
): Promise<Response> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const waited = new AbortController();
  clock.sleep(answerLimitMs, waited.signal).then(
    () => stop.abort(new Fault("unavailable")),
    () => undefined,
  );
  try {
    const posted = body === null ? {} : { method: "POST", body, headers: { "content-type": "application/json" } };
    const answer = await upstream(new Request(url, { ...posted, signal: stop.signal }));
    return isStream(answer) ? endingAfter(answer, { clock, limitMs: answerLimitMs }) : answer;
  } finally {
    waited.abort();
  }
}
