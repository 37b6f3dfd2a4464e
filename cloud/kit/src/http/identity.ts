import type { Principal } from "@kerbside/proto/base/roles";

/** Who calls in memory. It travels beside the request, where nothing that comes from a network can put it. */
export interface Caller {
  readonly principal: Principal | null;
  readonly requestId?: string;
}

const key = Symbol("kerbside caller");

/** The environment to hand to `app.fetch` for a call within this process. */
export function asCaller(caller: Caller): object {
  return { [key]: caller };
}

export function callerOf(env: unknown): Caller | null {
  if (typeof env !== "object" || env === null || !(key in env)) return null;
  return (env as { readonly [key]: Caller })[key];
}
