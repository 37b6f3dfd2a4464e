import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import { trustPublished } from "@kerbside/proto/events/robots";
import type { Trust } from "@kerbside/proto/robot/trust";
import { assertionAudience, type deviceRoutes } from "@kerbside/proto/routes/device";
import { SignJWT } from "jose";
import { device } from "./service.ts";

export const ours = "01890000-0000-7000-8000-000000000001";
export const theirs = "01890000-0000-7000-8000-000000000002";
export const marketId = "01890000-0000-7000-8000-0000000000d1";
export const hubId = "01890000-0000-7000-8000-0000000000e1";
export const theirHubId = "01890000-0000-7000-8000-0000000000e2";
export const trust: Trust = { root_key: "A".repeat(43).concat("="), signing_keys: [] };

export interface Yard extends Started<typeof deviceRoutes> {
  readonly clock: VirtualClock;
}

/** The service under a clock that stands still, beside a config that knows one hub of each organization. */
export async function startYard(postgresUrl: string): Promise<Yard> {
  const clock = new VirtualClock();
  const hubs = new Map([
    [hubId, { hub_id: hubId, organization_id: ours, market_id: marketId }],
    [theirHubId, { hub_id: theirHubId, organization_id: theirs, market_id: marketId }],
  ]);
  const config = {
    getHub: async ({ params }: { params: { hub_id: string } }) => {
      const hub = hubs.get(params.hub_id);
      if (hub) return hub;
      throw new Fault("hub_not_found");
    },
  };
  return { ...(await startForTest(device, { postgresUrl, clock, clients: { config } })), clock };
}

export async function tellTrust(yard: Yard, told: Trust = trust): Promise<void> {
  await yard.deliver(trustPublished, {
    subject_id: told.root_key,
    organization_id: null,
    event_time: new Date(yard.clock.now()).toISOString(),
    actor: { kind: "service", id: "robot-gateway" },
    body: told,
  });
}

export function person(role: Role, organizationId = ours): Principal {
  return { kind: "user", id: crypto.randomUUID(), organizationId, role, name: role, storeIds: [] };
}

export interface RobotKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

export function newKeys(): RobotKeys {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x } = privateKey.export({ format: "jwk" });
  return { privateKey, publicKey: Buffer.from(x ?? "", "base64url").toString("base64") };
}

export interface Robot extends RobotKeys {
  readonly robotId: string;
}

/** Announces a robot and enrols a fresh key for it. */
export async function enrolled(yard: Yard): Promise<Robot> {
  const keys = newKeys();
  const { claim_code } = await announced(yard);
  const body = { claim_code, public_key: keys.publicKey };
  const { robot_id } = await yard.client(null).enrolRobot({ body });
  return { ...keys, robotId: robot_id };
}

export function announced(yard: Yard) {
  const body = { name: "Karla", market_id: marketId, hub_id: hubId };
  return yard.client(person("admin")).createDevice({ body });
}

/** An assertion as a robot makes it, with claims of its own where they are named. */
export function assertionOf(
  yard: Yard,
  { robotId, privateKey }: Pick<Robot, "robotId" | "privateKey">,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const nowS = Math.floor(yard.clock.now() / 1_000);
  const jti = crypto.randomUUID();
  const said = { iss: robotId, sub: robotId, aud: assertionAudience, iat: nowS, exp: nowS + 60, jti, ...claims };
  return new SignJWT(said).setProtectedHeader({ alg: "EdDSA", typ: "JWT" }).sign(privateKey);
}

export async function tokenOf(yard: Yard, robot: Robot): Promise<string> {
  const body = { assertion: await assertionOf(yard, robot) };
  return (await yard.client(null).issueRobotToken({ body })).token;
}

/** Whom the broker and the doors of HTTP see behind a token; `refused` for one that is ours and no longer good. */
export async function seenBehind(yard: Yard, token: string): Promise<Principal | "refused" | null> {
  const [authenticator] = yard.wired.authenticators ?? [];
  const request = new Request("http://broker/", { headers: { authorization: `Bearer ${token}` } });
  return authenticator?.authenticate(request).catch(() => "refused") ?? null;
}

export async function refusal(call: Promise<unknown>): Promise<Fault> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof Fault) return outcome;
  throw new Error(`not refused: ${JSON.stringify(outcome)}`);
}
