import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { asking, found, granted, ownerFor, seen } from "@kerbside/proto/base/refuse";
import type { Rng } from "@kerbside/proto/base/rng";
import { organizationScope } from "@kerbside/proto/base/tenancy";
import { toInstant } from "@kerbside/proto/base/time";
import type { Trust } from "@kerbside/proto/robot/trust";
import type { configRoutes } from "@kerbside/proto/routes/config";
import type { deviceRoutes } from "@kerbside/proto/routes/device";
import { judgeAssertion } from "./assertion.ts";
import type { PgAssertions } from "./assertions.pg.ts";
import { counts } from "./authenticator.ts";
import { newClaimCode } from "./claim.ts";
import { type DeviceRow, type PgDevices, toDevice } from "./devices.pg.ts";
import type { Happenings } from "./happenings.ts";
import { publicKeyFrom, thumbprint } from "./public-key.ts";
import { claimedSubject, type RobotTokens, signedPayload } from "./tokens.ts";

export interface DeviceHandlersParts {
  readonly devices: PgDevices;
  readonly assertions: PgAssertions;
  readonly tokens: RobotTokens;
  /** Null until robot-gateway has said whom robots are to believe. */
  readonly trust: () => Promise<Trust | null>;
  readonly config: Pick<Client<typeof configRoutes>, "getHub">;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly happenings: Happenings;
}

type DeviceHandlers = Handlers<typeof deviceRoutes>;

export function deviceHandlers(parts: DeviceHandlersParts): DeviceHandlers {
  return { ...rosterHandlers(parts), ...robotHandlers(parts) };
}

/** What people and the seeding do. */
function rosterHandlers({ devices, config, rng }: DeviceHandlersParts) {
  return {
    async createDevice({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id: named, ...fields } = body;
      const organization_id = ownerFor(by, named);
      const hub = await config.getHub({ params: { hub_id: body.hub_id } });
      if (hub.organization_id !== organization_id || hub.market_id !== body.market_id) throw new Fault("hub_not_found");
      const claim_code = newClaimCode(rng);
      const made = { ...fields, robot_id: operationId, organization_id };
      return {
        ...found(await devices.create(made, claim_code, doerOf(by, requestId)), "idempotency_conflict"),
        claim_code,
      };
    },
    async listDevices({ query, principal }) {
      return devices.list(granted(organizationScope(asking(principal), query.organization_id)), query);
    },
    async renewClaim({ params, principal, requestId }) {
      const by = asking(principal);
      const device = seen(by, await devices.find(params.robot_id), "robot_not_found");
      const claim_code = newClaimCode(rng);
      return {
        ...found(await devices.renewClaim(device, claim_code, doerOf(by, requestId)), "robot_not_found"),
        claim_code,
      };
    },
    async revokeDevice({ params, body, principal, requestId }) {
      const by = asking(principal);
      const device = seen(by, await devices.find(params.robot_id), "robot_not_found");
      return toDevice(await devices.revoke(device, body.reason, doerOf(by, requestId)));
    },
  } satisfies Partial<DeviceHandlers>;
}

/** What robots do. */
function robotHandlers({ devices, assertions, tokens, trust, clock, happenings }: DeviceHandlersParts) {
  /** The robot behind an assertion, when its own key signed it now and for the first time. */
  async function proven(assertion: string): Promise<DeviceRow> {
    const device = await devices.find(claimedSubject(assertion) ?? nobody);
    const key = publicKeyFrom(device?.public_key ?? "");
    if (!device || !key) throw happenings.refused("unknown");
    const payload = await signedPayload(assertion, key);
    if (payload === null) throw happenings.refused("signature", device.robot_id);
    // Only whoever holds the key learns this: nobody can go through ids and ask.
    if (!counts(device)) throw happenings.refused("revoked", device.robot_id);
    const judged = judgeAssertion(payload, { robotId: device.robot_id, nowMs: clock.now() });
    if (!judged.ok) {
      const details = judged.error === "mistimed" ? { cloud_time: toInstant(clock.now()) } : {};
      throw happenings.refused(judged.error, device.robot_id, details);
    }
    if (!(await assertions.use(device.robot_id, judged.value))) throw happenings.refused("replayed", device.robot_id);
    return device;
  }
  return {
    async enrolRobot({ body, requestId }) {
      if (!publicKeyFrom(body.public_key)) throw wrongKey("not the 32 bytes of an Ed25519 public key in base64");
      const believed = found(await trust(), "unavailable");
      const enrolled = await devices.enrol(body.claim_code, body.public_key, requestId);
      if (!enrolled.ok && enrolled.error === "key_taken") throw wrongKey("this key belongs to another robot");
      if (!enrolled.ok) throw new Fault("claim_refused");
      const { robot_id, organization_id, name } = enrolled.value;
      happenings.enrolled(robot_id);
      return { robot_id, organization_id, name, trust: believed };
    },
    async issueRobotToken({ body }) {
      const believed = found(await trust(), "unavailable");
      const { robot_id, organization_id, public_key } = await proven(body.assertion);
      const { token, expiresAtMs } = await tokens.issue({
        robotId: robot_id,
        organizationId: organization_id,
        thumbprint: thumbprint(public_key ?? ""),
      });
      happenings.issued();
      return { token, expires_at: toInstant(expiresAtMs), trust: believed };
    },
  } satisfies Partial<DeviceHandlers>;
}

/** The id of no robot (RFC 9562, 5.9). */
const nobody = "00000000-0000-0000-0000-000000000000";

function wrongKey(message: string): Fault {
  return new Fault("invalid_request", {}, [{ pointer: "/public_key", message }]);
}
