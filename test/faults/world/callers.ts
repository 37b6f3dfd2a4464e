import { jwt } from "./robot.ts";
import type { World } from "./world.ts";
import type { Credential, Partner, Person, Tenant } from "./tenant.ts";
import type { Role } from "@kerbside/proto/base/roles";

/** Whoever may come to an endpoint, a shape or the broker, and how they show who they are. */
export interface Caller {
  readonly name: string;
  readonly kind: "anonymous" | "user" | "customer" | "partner" | "robot";
  readonly tenant: "aspan" | "boran" | null;
  readonly credential: Credential;
  /** What they are called in a shape's path. */
  readonly id: string;
  readonly role?: Role;
  readonly stores?: readonly string[];
  readonly partnerId?: string;
  readonly scopes?: readonly string[];
  /** False for a test key, which reaches what test keys made. */
  readonly live?: boolean;
  readonly deliveryId?: string;
  readonly link?: "view" | "unlock";
}

export function callersOf(world: World): readonly Caller[] {
  const { aspan, boran } = world;
  return [
    { name: "nobody", kind: "anonymous", tenant: null, credential: {}, id: "nobody" },
    ...peopleOf(aspan, "aspan"),
    ...peopleOf(boran, "boran"),
    customer("a customer who may watch", world.viewLink, { deliveryId: world.delivery, link: "view" }),
    customer("the customer", world.unlockLink, { deliveryId: world.delivery, link: "unlock" }),
    customer("another customer", world.otherLink, { deliveryId: world.otherDelivery, link: "unlock" }),
    partner("the partner", aspan.first, { tenant: "aspan" }),
    partner("the partner's test key", world.testKey, { tenant: "aspan", live: false }),
    partner("the partner's key that may not order", world.narrowKey, {
      tenant: "aspan",
      scopes: ["direct.organizations"],
    }),
    partner("another partner of the tenant", aspan.second, { tenant: "aspan" }),
    partner("a partner of the other tenant", boran.first, { tenant: "boran" }),
    robot("the robot", aspan, "aspan"),
    robot("a robot of the other tenant", boran, "boran"),
  ];
}

/** Credentials that look like ours and are worth nothing. All are refused before anything else is looked at. */
export function forgeriesOf({ aspan, boran }: World): Readonly<Record<string, Credential>> {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = { iss: "kerbside/device", sub: aspan.robot.id, org: aspan.organizationId, aud: ["mqtt", "http"] };
  const unsigned = [
    { alg: "none", typ: "JWT" },
    { ...claims, exp: nowS + 60 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const bearer = (token: string): Credential => ({ authorization: `Bearer ${token}` });
  return {
    "a session that was never begun": { cookie: `kerbside_session=${"A".repeat(43)}`, "sec-fetch-site": "same-origin" },
    "a key of nobody": bearer(`kbs_live_${"A".repeat(43)}`),
    "a token of nobody": bearer(`kbt_${"A".repeat(43)}`),
    "a robot's token without a signature": bearer(`${unsigned}.`),
    "a robot's token by another robot's key": bearer(jwt({ ...claims, exp: nowS + 60 }, boran.robot.key)),
    "a service's token by a robot's key": bearer(
      jwt({ iss: "kerbside", aud: "kerbside/service", sub: "host", exp: nowS + 60 }, aspan.robot.key, {
        alg: "HS256",
        typ: "kerbside-service+jwt",
      }),
    ),
    "the word for a service": { "x-principal": "service", "x-forwarded-user": "host" },
    "basic authentication": { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` },
    "an endless token": bearer("A".repeat(8_000)),
  };
}

function peopleOf({ people, southerner, north, south }: Tenant, tenant: "aspan" | "boran"): readonly Caller[] {
  const caller = (name: string, { id, role, session }: Person, stores?: readonly string[]): Caller => {
    const known = { name: `${name} of ${tenant}`, kind: "user", tenant, credential: session, id, role } as const;
    return stores ? { ...known, stores } : known;
  };
  return [
    caller("admin", people.admin),
    caller("ops", people.ops),
    caller("pilot", people.pilot),
    caller("mechanic", people.mechanic),
    caller("merchant", people.merchant, [north]),
    caller("merchant of the south", southerner, [south]),
  ];
}

function customer(
  name: string,
  { id, bearer }: World["viewLink"],
  of: { readonly deliveryId: string; readonly link: "view" | "unlock" },
): Caller {
  return { name, kind: "customer", tenant: "aspan", credential: bearer, id, ...of };
}

function partner(
  name: string,
  { id, bearer }: Partner,
  of: Pick<Caller, "scopes" | "live"> & { readonly tenant: "aspan" | "boran" },
): Caller {
  return { name, kind: "partner", credential: bearer, id, partnerId: id, scopes: ["eats.deliveries"], ...of };
}

function robot(name: string, { robot: { id, token } }: Tenant, tenant: "aspan" | "boran"): Caller {
  return { name, kind: "robot", tenant, credential: { authorization: `Bearer ${token}` }, id };
}
