import { openSecrets } from "@kerbside/cloud-host/secrets.node";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import type { Access } from "@kerbside/proto/base/endpoint";
import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Role } from "@kerbside/proto/base/roles";
import type { Credential } from "./tenant.ts";
import type { World } from "./world.ts";

/** Somebody who may call an endpoint, so that nothing but the input can be wrong. */
export async function doorOf({ aspan, unlockLink, dataDir }: World, access: Access): Promise<Credential> {
  if (access === "public") return {};
  const says = new Set<string>(access);
  const role = (["admin", "ops", "mechanic"] as const).find(
    (each: Role) => says.has("user") || says.has(`user:${each}`),
  );
  if (role) return aspan.people[role].session;
  if (says.has("customer")) return unlockLink.bearer;
  if (says.has("partner")) return aspan.first.bearer;
  const secret = (await openSecrets(dataDir, null)).key("service-token");
  return { authorization: `Bearer ${await signServiceToken("faults", { secret, clock: systemClock })}` };
}
