import type { Authenticator } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import type { DeviceRow, PgDevices } from "./devices.pg.ts";
import { thumbprint } from "./public-key.ts";
import { claimsToBeOurs, type RobotTokens } from "./tokens.ts";

/**
 * Robots, by the token that they were given for their key. The broker asks with the MQTT password as bearer token. The
 * robot is looked up each time, so that a revocation or another key counts at once.
 */
export function robotAuthenticator({ tokens, devices }: { tokens: RobotTokens; devices: PgDevices }): Authenticator {
  return {
    name: "robot",
    async authenticate({ headers }) {
      const bearer = /^Bearer +(?<token>[\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.get("authorization") ?? "");
      const token = bearer?.groups?.["token"];
      if (token === undefined || !claimsToBeOurs(token)) return null;
      const read = await tokens.read(token);
      const device = read && (await devices.find(read.robotId));
      if (!device || !counts(device) || read.thumbprint !== thumbprint(device.public_key ?? "")) {
        throw new Fault("unauthenticated");
      }
      return { kind: "robot", id: device.robot_id, organizationId: device.organization_id };
    },
    async isRevoked(principal) {
      if (principal.kind !== "robot") return null;
      const device = await devices.find(principal.id);
      return device === null || !counts(device);
    },
  };
}

/** Whether a robot's enrolled key may be used. */
export function counts({ state, public_key }: Pick<DeviceRow, "state" | "public_key">): boolean {
  return state === "accepted" && public_key !== null;
}
