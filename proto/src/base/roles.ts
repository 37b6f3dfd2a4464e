/** What a signed-in person may be. Zod-free, so that screens can import it. */
export const roles = ["admin", "ops", "pilot", "mechanic", "merchant"] as const;
export type Role = (typeof roles)[number];

/** What a program may be allowed. `eats.deliveries` is Uber's name for ordering deliveries, which its clients ask for. */
export const partnerScopes = ["eats.deliveries", "direct.organizations"] as const;
export type PartnerScope = (typeof partnerScopes)[number];

/**
 * Whoever stands behind a request, once its credential was verified.
 * `user` a signed-in person, `robot` an enrolled robot, `partner` an API key, `customer` a tracking link, `service` ourselves.
 */
export type Principal =
  | {
      readonly kind: "user";
      readonly id: string;
      readonly organizationId: string;
      readonly role: Role;
      readonly name: string;
      readonly storeIds: readonly string[];
    }
  | { readonly kind: "robot"; readonly id: string; readonly organizationId: string }
  | {
      readonly kind: "partner";
      readonly id: string;
      readonly organizationId: string;
      readonly scopes: readonly string[];
      readonly live: boolean;
    }
  | {
      readonly kind: "customer";
      readonly id: string;
      readonly organizationId: string;
      readonly deliveryId: string;
      readonly scope: "view" | "unlock";
    }
  | { readonly kind: "service"; readonly id: string; readonly organizationId: null };
