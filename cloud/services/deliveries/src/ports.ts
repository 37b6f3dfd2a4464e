import type { PinVerifier } from "@kerbside/proto/robot/grant";

/** Slow by design, so that whoever steals a robot's grants has to work for each guess. */
export interface CodeHasher {
  hash(code: string): Promise<PinVerifier>;
}

/** Keeps what the database must not hold in the clear. */
export interface Vault {
  seal(text: string): string;
  open(sealed: string): string;
  /** The bearer token of a tracking link: the same each time, and only to be made with this installation's key. */
  linkToken(linkId: string): string;
}
