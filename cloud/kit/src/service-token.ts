import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { jwtVerify, SignJWT } from "jose";
import type { Authenticator } from "./service.ts";

const issuer = "kerbside";
const audience = "kerbside/service";
const lifeS = 60;

/** How a service says who it is to another one over HTTP: an HS256 token under the installation's own secret. */
export function signServiceToken(
  service: string,
  { secret, clock }: { secret: Uint8Array; clock: Clock },
): Promise<string> {
  const nowS = Math.floor(clock.now() / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: "kerbside-service+jwt" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(service)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + lifeS)
    .sign(secret);
}

/** Knows our own services by their token; leaves every other bearer token to the others. */
export function serviceAuthenticator({ secret, clock }: { secret: Uint8Array; clock: Clock }): Authenticator {
  return {
    name: "service-token",
    async authenticate(request) {
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      if (!token || !isServiceToken(token)) return null;
      try {
        const { payload } = await jwtVerify(token, secret, {
          issuer,
          audience,
          algorithms: ["HS256"],
          currentDate: new Date(clock.now()),
          clockTolerance: 5,
        });
        return { kind: "service", id: payload.sub ?? "", organizationId: null };
      } catch (cause) {
        const fault = new Fault("unauthenticated");
        fault.cause = cause;
        throw fault;
      }
    },
  };
}

function isServiceToken(token: string): boolean {
  const [header] = token.split(".");
  return Buffer.from(header ?? "", "base64url")
    .toString()
    .includes('"kerbside-service+jwt"');
}
