import type * as z from "zod";
import type { FaultCode } from "./faults.ts";
import type { Principal, Role } from "./roles.ts";

/** Who may call an endpoint. `public` needs no credential; `user` may be narrowed to roles. Everybody else gets 401 or 403. */
export type Access = "public" | readonly (Exclude<Principal["kind"], "user"> | "user" | `user:${Role}`)[];

/**
 * One HTTP endpoint, declared once. Validators, the mount, the typed client, OpenAPI and the printed reference come from it.
 * `path` uses `{name}` for parameters; each has an entry in `params`. `reply: null` answers 204.
 */
export interface Endpoint {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType | null;
  /** The status of success; 200 where silent, 204 where there is no reply. */
  readonly status?: 200 | 201 | 202;
  readonly faults: readonly FaultCode[];
  /** False for what only our own services call; such endpoints are left out of the partners' document. */
  readonly internal?: boolean;
}

export type Routes = Readonly<Record<string, Endpoint>>;

/** Keeps the exact types of a service's endpoints. */
export function routes<const R extends Routes>(declared: R): R {
  return declared;
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Sent<T> = T extends z.ZodType ? z.input<T> : undefined;

/** What a handler receives, validated. */
export interface Input<E extends Endpoint> {
  readonly params: Parsed<E["params"]>;
  readonly query: Parsed<E["query"]>;
  readonly body: Parsed<E["body"]>;
}

/** What a handler answers, before validation and what a caller gets, after it. */
export type Reply<E extends Endpoint> = E["reply"] extends z.ZodType ? z.output<E["reply"]> : undefined;

type Present<K extends string, T> = [T] extends [undefined] ? Record<never, never> : Readonly<Record<K, T>>;

/** What a caller sends: only the parts that the endpoint declares. */
export type Call<E extends Endpoint> = Present<"params", Sent<E["params"]>> &
  Present<"query", Sent<E["query"]>> &
  Present<"body", Sent<E["body"]>>;
