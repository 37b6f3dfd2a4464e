import { randomUUID } from "node:crypto";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { publicKeyOf } from "../world/robot.ts";
import { partnerKey } from "../world/tenant.ts";
import { newcomer, type World } from "../world/world.ts";
import type { Rows } from "./row.ts";

const stranger = () => ({ email: `${randomUUID()}@nowhere.example`, name: "Somebody", role: "mechanic" as const });
const wrongKey = { client_id: "nobody", client_secret: "nothing" };

export const accountsRows: Rows<typeof accountsRoutes> = {
  signIn: {
    target: "own",
    aim: () => ({ body: { email: stranger().email, password: "wrong" } }),
    also: ["login_refused", "forbidden"],
  },
  getSession: { target: "own", aim: () => ({}) },
  /** The matrix asks this of nobody whom it still needs; signing out has a test of its own. */
  signOut: { target: "own", aim: () => ({}) },
  changePassword: {
    target: "own",
    aim: () => ({ body: { current_password: "wrong", new_password: "long enough for a password" } }),
    also: ["login_refused", "rate_limited"],
  },
  createOrganization: { target: "own", aim: () => ({ body: { name: "Mine", users: [stranger()] } }) },
  listUsers: { target: "own", aim: () => ({ query: { limit: 200 } }) },
  createUser: {
    target: "named",
    aim: ({ aspan }) => ({ body: { ...stranger(), organization_id: aspan.organizationId } }),
  },
  updateUser: {
    target: "tenant",
    aim: async (world) => ({ params: { user_id: await newcomer(world) }, body: { name: "Renamed" } }),
  },
  resetPassword: { target: "tenant", aim: async (world) => ({ params: { user_id: await newcomer(world) } }) },
  endSessions: { target: "tenant", aim: async (world) => ({ params: { user_id: await newcomer(world) } }) },
  createApiKey: {
    target: "named",
    aim: ({ aspan }) => ({ body: { partner_name: "Mine", organization_id: aspan.organizationId } }),
  },
  listApiKeys: { target: "named", aim: ({ aspan }) => ({ query: { organization_id: aspan.organizationId } }) },
  rotateApiKey: { target: "tenant", aim: async (world) => ({ params: { key_id: await newKey(world) } }) },
  revokeApiKey: { target: "tenant", aim: async (world) => ({ params: { key_id: await newKey(world) } }) },
  listAuditEntries: { target: "own", aim: () => ({ query: { limit: 200 } }) },
  authenticateApiKey: { target: "own", aim: () => ({ body: wrongKey }) },
  issuePartnerToken: { target: "own", aim: () => ({ body: wrongKey }) },
};

export const deviceRows: Rows<typeof deviceRoutes> = {
  createDevice: {
    target: "named",
    aim: ({ aspan: { organizationId, marketId, hubId } }) => ({
      body: { name: "Mine", market_id: marketId, hub_id: hubId, organization_id: organizationId },
    }),
  },
  listDevices: { target: "named", aim: ({ aspan }) => ({ query: { organization_id: aspan.organizationId } }) },
  renewClaim: { target: "tenant", aim: async (world) => ({ params: { robot_id: await newDevice(world) } }) },
  revokeDevice: {
    target: "tenant",
    aim: async (world) => ({ params: { robot_id: await newDevice(world) }, body: { reason: "the matrix asked" } }),
  },
  enrolRobot: {
    target: "own",
    aim: ({ aspan }) => ({ body: { claim_code: "AAAA-AAAA-AAAA-AAAA", public_key: publicKeyOf(aspan.robot.key) } }),
    also: ["claim_refused"],
  },
  issueRobotToken: {
    target: "own",
    aim: () => ({ body: { assertion: "not.an.assertion-of-anybody" } }),
    also: ["credential_refused"],
  },
};

async function newKey({ platform, aspan }: World): Promise<string> {
  return (await partnerKey(platform, { organization_id: aspan.organizationId, partner_name: "aspan spare" })).keyId;
}

async function newDevice({ platform, aspan }: World): Promise<string> {
  const { organizationId: organization_id, marketId: market_id, hubId: hub_id } = aspan;
  const body = { name: "aspan spare", market_id, hub_id, organization_id };
  return (await platform.client("device", deviceRoutes).createDevice({ body })).robot_id;
}
