import type { Call, Reply, Routes } from "./endpoint.ts";

/** Typed calls on one service: `client.cancelDelivery({ params, body })`. A refusal rejects with `Fault`. */
export type Client<R extends Routes> = {
  readonly [Name in keyof R]: (call: Call<R[Name]>, signal?: AbortSignal) => Promise<Reply<R[Name]>>;
};

/** How a call travels: fetch itself, or a Hono app's `request` in memory. */
export type Transport = (request: Request) => Promise<Response>;
