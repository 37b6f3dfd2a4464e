import { fillPath } from "@kerbside/proto/base/client.http";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import type { Principal } from "@kerbside/proto/base/roles";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { auditEntry } from "../tables.ts";
import { type Resident, service, settle, signIn, startTown, type Town } from "../town.harness.ts";

let town: Town;
beforeAll(async () => {
  town = await startTown(inject("postgresUrl"));
});
afterAll(() => town[Symbol.asyncDispose]());

/** Whom and what an endpoint finds: an admin with a session, another person, and a key with its secret. */
interface Scene {
  readonly admin: Resident;
  readonly ops: Resident;
  readonly cookie: string;
  readonly key: { readonly key_id: string; readonly client_id: string };
  readonly client_secret: string;
}

type Name = keyof typeof accountsRoutes;
type Body = (scene: Scene) => object;
type Deed =
  | { readonly leaves: readonly string[]; readonly by?: Principal; readonly body?: Body }
  | { readonly quiet: string; readonly by?: Principal; readonly body?: Body };

const someone = () => ({ email: `${crypto.randomUUID()}@example.com`, name: "X", role: "ops" });
const shown: Body = ({ key: { client_id }, client_secret }) => ({ client_id, client_secret });

/** What each endpoint leaves in the audit log, or why it is not privileged. A new one has to say it here. */
const deeds: Readonly<Record<Name, Deed>> = {
  signIn: {
    leaves: ["sessions/started"],
    body: ({ ops: { user, password } }) => ({ email: user.email, password }),
  },
  getSession: { quiet: "it reads" },
  signOut: { quiet: "it gives up a right, and takes none" },
  changePassword: {
    leaves: ["users/password_changed"],
    body: ({ admin }) => ({ current_password: admin.password, new_password: "a longer sentence" }),
  },
  createOrganization: {
    leaves: ["organizations/created", "users/created"],
    by: service,
    body: () => ({ name: "Other", users: [someone()] }),
  },
  listUsers: { quiet: "it reads" },
  createUser: { leaves: ["users/created"], body: someone },
  updateUser: { leaves: ["users/changed"], body: () => ({ role: "admin" }) },
  resetPassword: { leaves: ["users/password_changed"] },
  endSessions: { leaves: ["sessions/ended"] },
  createApiKey: { leaves: ["api-keys/created"], body: () => ({ partner_name: "Uber Eats" }) },
  listApiKeys: { quiet: "it reads" },
  rotateApiKey: { leaves: ["api-keys/rotated"] },
  revokeApiKey: { leaves: ["api-keys/revoked"] },
  listAuditEntries: { quiet: "it reads" },
  authenticateApiKey: { quiet: "it says what a key may do, and changes nothing", by: service, body: shown },
  issuePartnerToken: { quiet: "the key's making was; its use is `last_used_at`", by: service, body: shown },
};
const names = Object.keys(deeds).filter((name): name is Name => name in deeds);

test.each(names)("%s is in the audit log, or says why not", async (name) => {
  const endpoint: Endpoint = accountsRoutes[name];
  const deed = deeds[name];
  const scene = await enter();
  const requestId = `req-${crypto.randomUUID()}`;
  const path = fillPath(endpoint.path, { user_id: scene.ops.user.user_id, key_id: scene.key.key_id });
  const headers = { "x-request-id": requestId, "sec-fetch-site": "same-origin", cookie: scene.cookie };
  const body = deed.body ? { body: JSON.stringify(deed.body(scene)) } : {};
  const init = { method: endpoint.method.toUpperCase(), headers: { ...headers, "content-type": "application/json" } };

  const response = await town.request(path, { ...init, ...body }, deed.by);

  const left = await town.db.select().from(auditEntry).where(eq(auditEntry.causation_id, requestId));
  const doer = deed.by?.id ?? (name === "signIn" ? scene.ops : scene.admin).user.user_id;
  expect(response.ok).toBe(true);
  expect(left.map(({ action }) => action).sort()).toEqual("leaves" in deed ? deed.leaves : []);
  expect(new Set(left.map(({ actor_id }) => actor_id))).toEqual(new Set("leaves" in deed ? [doer] : []));
});

test("what only reads is asked with GET, and the other way round", () => {
  const reading = names.filter((name) => accountsRoutes[name].method === "get");

  expect(names.filter((name) => JSON.stringify(deeds[name]).includes("it reads"))).toEqual(reading);
});

async function enter(): Promise<Scene> {
  const { admin, ops } = await settle(town, "admin", "ops");
  const made = await town.client(admin.principal).createApiKey({ body: { partner_name: "Uber Eats" } });
  return { admin, ops, cookie: await signIn(town, admin), ...made };
}
