import type { Principal } from "@kerbside/proto/base/roles";

/** Who calls in memory. It travels beside the request, where nothing that comes from a network can put it. */
export interface Caller {
  readonly principal: Principal | null;
  readonly requestId?: string;
}

const callers = new WeakMap<object, Caller>();

/** The environment to hand to `app.fetch` for a call within this process. */
export function asCaller(caller: Caller): object {
  const env = {};
  callers.set(env, caller);
  return env;
}

export function callerOf(env: unknown): Caller | null {
  return typeof env === "object" && env !== null ? (callers.get(env) ?? null) : null;
}
