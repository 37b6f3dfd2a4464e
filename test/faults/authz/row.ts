import type { Call, Endpoint, Routes } from "@kerbside/proto/base/endpoint";
import type { Caller } from "../world/callers.ts";
import type { World } from "../world/world.ts";

/** Whose the thing is that a call is aimed at, and with that who reaches it. */
export type Target =
  /** Everybody's: maps. */
  | "open"
  /** Whatever is the caller's own: lists, sessions, what a caller creates. */
  | "own"
  /** The first tenant's. */
  | "tenant"
  /** The first partner's, of the first tenant. */
  | "partner"
  /** The first partner's delivery at the north store. */
  | "delivery"
  /** The north store. */
  | "store"
  /** Named by its organization in the request. */
  | "named";

/** What to send to an endpoint, and who may hope for what. */
export interface Row<E extends Endpoint = Endpoint> {
  readonly target: Target;
  /** Made anew for each call, so that what it destroys is its own. */
  readonly aim: (world: World) => Call<E> | Promise<Call<E>>;
  /** Refusals that whoever reaches the target may meet, since nothing is wrong with who asks. */
  readonly also?: readonly string[];
  /** Whom the handler turns away beyond what the contract says. */
  readonly forbids?: (caller: Caller) => string | null;
}

/** A row for each endpoint of a service: one that is missing does not compile. */
export type Rows<R extends Routes> = { readonly [Name in keyof R]: Row<R[Name]> };

export function reaches(caller: Caller, target: Target, { aspan }: World): boolean {
  if (target === "open" || target === "own") return true;
  if (caller.tenant !== "aspan") return false;
  if (caller.kind === "partner" && (target === "partner" || target === "delivery")) {
    return caller.partnerId === aspan.first.id && caller.live !== false;
  }
  if (caller.stores && (target === "delivery" || target === "store")) return caller.stores.includes(aspan.north);
  return true;
}
