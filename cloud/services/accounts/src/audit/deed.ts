import type { Principal } from "@kerbside/proto/base/roles";

/** One privileged thing that this service did. */
export interface Deed {
  readonly by: Principal;
  readonly organizationId: string;
  /** A noun and a past participle: `users/disabled`. */
  readonly action: string;
  readonly subject: { readonly kind: "organization" | "user" | "api_key"; readonly id: string };
  readonly details?: Readonly<Record<string, unknown>>;
}
