import type * as z from "zod";
import type { FaultCode } from "./faults.ts";
import type { PartnerScope, Principal, Role } from "./roles.ts";

/**
 * Who may call an endpoint. `public` needs no credential; `user` may be narrowed to roles, `partner` to keys with a
 * scope. Everybody else gets 401 or 403.
 */
export type Access = "public" | readonly (Principal["kind"] | `user:${Role}` | `partner:${PartnerScope}`)[];

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

/** A part of an endpoint, or undefined where it declares none. */
type Part<E, K extends string> = E extends { readonly [Key in K]: infer T } ? T : undefined;
type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Sent<T> = T extends z.ZodType ? z.input<T> : undefined;

/** What a handler receives, validated. `E` is one endpoint of a contract. */
export interface Input<E> {
  readonly params: Parsed<Part<E, "params">>;
  readonly query: Parsed<Part<E, "query">>;
  readonly body: Parsed<Part<E, "body">>;
}

/** What a handler answers, before validation and what a caller gets, after it. */
export type Reply<E> = Parsed<Part<E, "reply">>;

type Present<K extends string, T> = [T] extends [undefined] ? unknown : Readonly<Record<K, T>>;

/** What a caller sends: only the parts that the endpoint declares. */
export type Call<E> = Present<"params", Sent<Part<E, "params">>> &
  Present<"query", Sent<Part<E, "query">>> &
  Present<"body", Sent<Part<E, "body">>> &
  object;
