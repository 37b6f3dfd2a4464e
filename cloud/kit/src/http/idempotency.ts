import type { Principal } from "@kerbside/proto/base/roles";
import type { Parts } from "./input.ts";

/** What an endpoint answered, before it becomes a response. */
export interface Answer {
  readonly status: number;
  readonly body: string | null;
}

/** A write that came with an Idempotency-Key. */
export interface KeyedRequest {
  readonly key: string;
  readonly principal: Principal;
  readonly endpoint: string;
  readonly parts: Parts;
  readonly requestId: string;
}

/** Keys are remembered this long. */
export const keyLifeMs = 24 * 3_600_000;

/**
 * Executes a write once a key. The same key with the same input gets the same answer, refusals included; with another
 * input `idempotency_conflict`; while the first still runs, its answer, or after ten seconds `idempotency_in_progress`.
 * What may succeed later is tried again under the same operation id, at the latest a minute after a process died with it.
 */
export interface Idempotency {
  run(request: KeyedRequest, execute: (operationId: string) => Promise<Answer>): Promise<Answer>;
}
