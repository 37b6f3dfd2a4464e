import type { Principal } from "@kerbside/proto/base/roles";
import type { CloudDimension } from "@kerbside/proto/routes/state";
import { reachableFrom } from "./judge.ts";

/** What a robot is, in the dimensions that the cloud decides. */
export interface CloudStates {
  readonly service: string;
  readonly asset: string;
}

/** In what capacity somebody asks. Our own services ask on behalf of whoever set the installation up. */
export type Asker = "admin" | "other";

export function askerOf(principal: Principal): Asker {
  const isAdmin = principal.kind === "service" || (principal.kind === "user" && principal.role === "admin");
  return isAdmin ? "admin" : "other";
}

/** Why somebody's wish cannot be granted, in words; null when it can. */
export function whyRejected(
  states: CloudStates,
  wish: { readonly dimension: CloudDimension; readonly to: string; readonly by: Asker },
): string | null {
  const from = states[wish.dimension];
  if (wish.dimension === "asset" && wish.by !== "admin") return "only an administrator changes what a robot is";
  if (!reachableFrom(wish.dimension, from).includes(wish.to)) return `no step leads from ${from} to ${wish.to}`;
  if (wish.to === "in_service" && states.asset !== "commissioned") return `the robot is ${states.asset}`;
  if (wish.to === "decommissioned" && states.service === "in_service") return "the robot is in service";
  return null;
}

/** The values that somebody may ask for now. */
export function grantable(states: CloudStates, dimension: CloudDimension, by: Asker): readonly string[] {
  return reachableFrom(dimension, states[dimension]).filter(
    (to) => whyRejected(states, { dimension, to, by }) === null,
  );
}
