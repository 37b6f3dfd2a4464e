import type { Principal } from "@kerbside/proto/base/roles";

/** Fixed ids, so that a failing test reads the same each time. */
export const ids = {
  organization: "0198c000-0000-7000-8000-000000000001",
  otherOrganization: "0198c000-0000-7000-8000-000000000002",
  partner: "0198c000-0000-7000-8000-000000000011",
  otherPartner: "0198c000-0000-7000-8000-000000000012",
  market: "0198c000-0000-7000-8000-000000000021",
  merchant: "0198c000-0000-7000-8000-000000000031",
  store: "0198c000-0000-7000-8000-000000000041",
  otherStore: "0198c000-0000-7000-8000-000000000042",
  foreignStore: "0198c000-0000-7000-8000-000000000043",
  robot: "0198c000-0000-7000-8000-000000000051",
  otherRobot: "0198c000-0000-7000-8000-000000000052",
  hub: "0198c000-0000-7000-8000-000000000061",
} as const;

export const partner: Principal = {
  kind: "partner",
  id: ids.partner,
  organizationId: ids.organization,
  scopes: ["eats.deliveries"],
  live: true,
};
/** The same partner, by a test key. */
export const rehearsing: Principal = { ...partner, live: false };
export const otherPartner: Principal = { ...partner, id: ids.otherPartner };
export const foreigner: Principal = { ...partner, id: ids.otherPartner, organizationId: ids.otherOrganization };
export const service: Principal = { kind: "service", id: "integrations", organizationId: null };
export const ops = person("ops", []);
export const admin = person("admin", []);
export const merchant = person("merchant", [ids.store]);
export const otherMerchant = person("merchant", [ids.otherStore]);

export const storePlace = { lat: 51.128, lng: 71.43 };
export const doorPlace = { lat: 51.136, lng: 71.44 };

export function person(role: "ops" | "admin" | "merchant", storeIds: readonly string[]): Principal {
  const id = `0198c000-0000-7000-8000-0000000000${{ ops: "71", admin: "72", merchant: "73" }[role]}`;
  return { kind: "user", id, organizationId: ids.organization, role, name: role, storeIds };
}
