import { randomBytes, scrypt } from "node:crypto";
import type { PinVerifier } from "@kerbside/proto/robot/grant";
import type { CodeHasher } from "./ports.ts";

export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

const saltBytes = 16;
const hashBytes = 32;

/** On the thread pool: at the default cost some 40 ms of one core each, which the robot pays again for a typed code. */
export class ScryptHasher implements CodeHasher {
  readonly #cost: ScryptCost;

  constructor(cost: ScryptCost) {
    this.#cost = cost;
  }

  hash(code: string): Promise<PinVerifier> {
    const { n, r, p } = this.#cost;
    const salt = randomBytes(saltBytes);
    const { promise, resolve, reject } = Promise.withResolvers<PinVerifier>();
    scrypt(code, salt, hashBytes, { N: n, r, p, maxmem: 256 * n * r }, (problem, hash) => {
      if (problem) reject(problem);
      else resolve({ kind: "scrypt", salt: salt.toString("base64"), hash: hash.toString("base64"), n, r, p });
    });
    return promise;
  }
}
