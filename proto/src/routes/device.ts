import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Instant } from "../base/time.ts";
import { PublicKey, Trust } from "../robot/trust.ts";

/** What a robot's token is good for; the same JWT is the MQTT password and the HTTP bearer token. */
export const robotTokenAudiences = ["mqtt", "http"] as const;
/** The audience that a robot's own assertion must name. */
export const assertionAudience = "kerbside/robot-token";
/** An assertion lives this long at most; its `jti` is accepted once. */
export const assertionLifeMaxS = 120;

export const credentialStates = ["pending", "accepted", "revoked"] as const;

/** A one-time code that a technician types, or scans, at the new robot. Shown once, stored hashed. */
const Claim = z.object({
  robot_id: z.uuid(),
  name: z.string(),
  claim_code: z.string(),
  claim_expires_at: Instant,
});

export const Device = z
  .object({
    robot_id: z.uuid(),
    name: z.string(),
    market_id: z.uuid(),
    hub_id: z.uuid(),
    compartments: z.int(),
    state: z.enum(credentialStates),
    enrolled_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
    token_issued_at: Instant.nullable(),
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

export const deviceRoutes = routes({
  createDevice: {
    method: "post",
    path: "/v1/devices",
    summary: "Announce a robot and get the one-time code that claims it",
    access: ["user:admin", "service"],
    body: z.object({
      name: z.string().trim().min(1).max(60),
      market_id: z.uuid(),
      hub_id: z.uuid(),
      compartments: z.int().min(1).max(16).default(1),
      /** Only a service may speak for an organization that is not its own. */
      organization_id: z.uuid().optional(),
    }),
    reply: Claim,
    status: 201,
    faults: ["forbidden", "hub_not_found", "unavailable"],
  },
  listDevices: {
    method: "get",
    path: "/v1/devices",
    summary: "All robots of the organization with the state of their credentials",
    access: ["user:admin", "user:ops", "user:mechanic", "service"],
    query: z.object({
      organization_id: z.uuid().optional(),
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(Device), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  renewClaim: {
    method: "post",
    path: "/v1/devices/{robot_id}/claim",
    summary: "A new one-time code, for a robot whose code expired or whose disk was replaced",
    access: ["user:admin", "service"],
    params: z.object({ robot_id: z.uuid() }),
    reply: Claim,
    status: 201,
    faults: ["robot_not_found"],
  },
  revokeDevice: {
    method: "post",
    path: "/v1/devices/{robot_id}/revoke",
    summary: "Refuse the robot's credential from now on; it bites within 60 seconds everywhere",
    access: ["user:admin"],
    params: z.object({ robot_id: z.uuid() }),
    body: z.object({ reason: z.string().trim().min(1).max(200) }),
    reply: Device,
    faults: ["robot_not_found"],
  },
  enrolRobot: {
    method: "post",
    path: "/v1/robots/enrol",
    summary: "A robot shows its claim code and its public key and learns who it is and whom to believe",
    access: "public",
    body: z.object({ claim_code: z.string().trim().min(8).max(60), public_key: PublicKey }),
    reply: z.object({
      robot_id: z.uuid(),
      organization_id: z.uuid(),
      name: z.string(),
      trust: Trust,
    }),
    status: 201,
    faults: ["claim_refused", "unavailable"],
  },
  /**
   * The assertion is a JWT (EdDSA) by the robot's own key: `iss` and `sub` the robot, `aud` as above, `iat`, `exp` at
   * most two minutes later, a fresh `jti`. A refusal for its time carries `cloud_time`, so that a robot without a
   * clock can try again.
   */
  issueRobotToken: {
    method: "post",
    path: "/v1/robots/token",
    summary: "A short-lived token for MQTT and HTTP, against an assertion signed by the robot's key",
    access: "public",
    body: z.object({ assertion: z.string().min(20).max(4_000) }),
    reply: z.object({ token: z.string(), expires_at: Instant, trust: Trust }),
    faults: ["credential_refused", "robot_revoked", "unavailable"],
  },
});
