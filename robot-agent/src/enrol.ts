import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import { enrol } from "./cloud.http.ts";
import { identityFile, pendingKey, type RobotIdentity, readIdentity, writeIdentity } from "./identity.node.ts";

export interface IdentifyOptions {
  readonly dataDir: string;
  readonly httpUrl: string;
  /** Used when the folder holds no identity yet. */
  readonly claimCode: string | null;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Hears why the cloud could not be asked; it is asked again. */
  readonly onProblem?: (problem: Error) => void;
}

/** There is no identity in the folder, and no code to get one with. */
export class NotEnrolled extends Error {
  constructor(dataDir: string) {
    super(`${dataDir} holds no identity, and there is no claim code to enrol with`);
    this.name = "NotEnrolled";
  }
}

const backoffMs = { first: 500, max: 15_000 } as const;

/**
 * Who this robot is: by its folder, or by enrolling with its claim code, for as long as that takes. Throws `NotEnrolled`
 * without either, `Fault` when the cloud refuses the code, the signal's reason when aborted.
 */
export async function identify(options: IdentifyOptions, signal: AbortSignal): Promise<RobotIdentity> {
  const { dataDir, httpUrl, claimCode, clock, rng } = options;
  const file = identityFile(dataDir);
  const known = readIdentity(file);
  if (known) return known;
  if (claimCode === null) throw new NotEnrolled(dataDir);
  const privateKey = pendingKey(dataDir);
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const identity = await enrol(httpUrl, claimCode, privateKey);
      writeIdentity(file, identity);
      return identity;
    } catch (problem) {
      if (problem instanceof Fault && problem.code !== "unavailable") throw problem;
      options.onProblem?.(problem instanceof Error ? problem : new Error(String(problem)));
    }
    await clock.sleep(Math.min(backoffMs.max, backoffMs.first * 2 ** attempt) * (0.5 + unit(rng) / 2), signal);
  }
}
