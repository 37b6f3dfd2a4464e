import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import type { Platform } from "@kerbside/cloud-host/platform.node";
import { assertionAudience, deviceRoutes } from "@kerbside/proto/routes/device";

/** A robot as far as its credentials go. */
export interface Robot {
  readonly id: string;
  readonly key: KeyObject;
  /** Good for MQTT and HTTP. */
  readonly token: string;
}

export async function enrolRobot(
  platform: Platform,
  of: { readonly organization_id: string; readonly market_id: string; readonly hub_id: string; readonly name: string },
): Promise<Robot> {
  const device = platform.client("device", deviceRoutes);
  const { robot_id, claim_code } = await device.createDevice({ body: of });
  const { privateKey } = generateKeyPairSync("ed25519");
  await device.enrolRobot({ body: { claim_code, public_key: publicKeyOf(privateKey) } });
  const { token } = await device.issueRobotToken({ body: { assertion: assertionOf(robot_id, privateKey) } });
  return { id: robot_id, key: privateKey, token };
}

/** 32 raw bytes in base64. */
export function publicKeyOf(privateKey: KeyObject): string {
  const { x } = privateKey.export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url").toString("base64");
}

/** What a robot says of itself to get a token; `change` makes it a lie. */
export function assertionOf(robotId: string, key: KeyObject, change: Readonly<Record<string, unknown>> = {}): string {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = { iss: robotId, sub: robotId, aud: assertionAudience, iat: nowS, exp: nowS + 60, jti: randomUUID() };
  return jwt({ ...claims, ...change }, key);
}

export function jwt(payload: object, key: KeyObject, header: object = { alg: "EdDSA", typ: "JWT" }): string {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}
