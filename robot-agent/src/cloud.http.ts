import { createClient } from "@kerbside/proto/base/client.http";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import type { Trust } from "@kerbside/proto/robot/trust";
import { assertionAudience, assertionLifeMaxS, deviceRoutes } from "@kerbside/proto/routes/device";
import { type RobotIdentity, type RobotKey, robotKey } from "./identity.node.ts";

const callTimeoutMs = 10_000;

/** Shows the claim code and the key made here, and learns who we are and whom to believe. */
export async function enrol(httpUrl: string, claimCode: string, privateKey: string): Promise<RobotIdentity> {
  const client = createClient(deviceRoutes, { baseUrl: httpUrl });
  const body = { claim_code: claimCode, public_key: robotKey(privateKey).publicKey };
  const enrolled = await client.enrolRobot({ body }, AbortSignal.timeout(callTimeoutMs));
  return {
    v: 1,
    robot_id: enrolled.robot_id,
    organization_id: enrolled.organization_id,
    name: enrolled.name,
    private_key: privateKey,
    trust: enrolled.trust,
  };
}

export interface TokenSourceOptions {
  readonly httpUrl: string;
  readonly robotId: string;
  readonly key: RobotKey;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Every answer tells whom to believe now. */
  readonly onTrust: (trust: Trust) => void;
}

/** Short-lived tokens for MQTT and HTTP, fetched when the last one has used up four fifths of its life. */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #client;
  #token: { readonly text: string; readonly renewAtMs: number } | null = null;
  #fetching: Promise<string> | null = null;
  /** How far our wall clock is behind the cloud's, as far as a refusal told us. */
  #clockErrorMs = 0;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#client = createClient(deviceRoutes, { baseUrl: options.httpUrl });
  }

  token(): Promise<string> {
    const { clock } = this.#options;
    if (this.#token && clock.monotonic() < this.#token.renewAtMs) return Promise.resolve(this.#token.text);
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** The last token was refused; the next one is fetched anew. */
  forget(): void {
    this.#token = null;
  }

  async #fetch(): Promise<string> {
    const answer = await this.#ask().catch((problem: unknown) => {
      const cloudTimeMs = cloudTimeOf(problem);
      if (cloudTimeMs === null) throw problem;
      // Our clock is wrong. The cloud's word is good enough to sign in with; expiries are judged by signed time alone.
      this.#clockErrorMs = cloudTimeMs - this.#options.clock.now();
      return this.#ask();
    });
    this.#options.onTrust(answer.trust);
    const renewAtMs = this.#options.clock.monotonic() + Math.round(lifeMs(answer.token) * 0.8);
    this.#token = { text: answer.token, renewAtMs };
    return answer.token;
  }

  #ask() {
    const { robotId, key, clock, rng } = this.#options;
    const issuedS = Math.floor((clock.now() + this.#clockErrorMs) / 1_000);
    const assertion = jwt(key, {
      iss: robotId,
      sub: robotId,
      aud: assertionAudience,
      iat: issuedS,
      exp: issuedS + Math.floor(assertionLifeMaxS / 2),
      jti: uuidV7(clock, rng),
    });
    return this.#client.issueRobotToken({ body: { assertion } }, AbortSignal.timeout(callTimeoutMs));
  }
}

/** One signature over a fixed header is all of JOSE that a robot needs, so it carries no library for it (RFC 8037). */
function jwt(key: RobotKey, claims: Readonly<Record<string, string | number>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${Buffer.from(key.sign(text), "base64").toString("base64url")}`;
}

/** The life of a token by its own claims, so that no clock of ours is asked. */
function lifeMs(token: string): number {
  const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const { iat, exp } = { iat: 0, exp: 0, ...(typeof claims === "object" ? claims : {}) };
  return Math.max(0, exp - iat) * 1_000;
}

function cloudTimeOf(problem: unknown): number | null {
  if (!(problem instanceof Fault) || problem.code !== "credential_refused") return null;
  const told = problem.details["cloud_time"];
  const ms = typeof told === "string" ? Date.parse(told) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
