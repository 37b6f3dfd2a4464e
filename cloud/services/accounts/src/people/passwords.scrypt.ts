import { scrypt, timingSafeEqual } from "node:crypto";
import { Fault } from "@kerbside/proto/base/fault";
import type { Rng } from "@kerbside/proto/base/rng";
import type { Passwords } from "./passwords.ts";

/** RFC 7914. OWASP's advice for r = 8, p = 3 is a cost of 2^15, which takes 32 MB and some 200 ms for each try. */
const blockSize = 8;
const parallelization = 3;
const keyBytes = 32;
const generatedCostLog2 = 10;
/** Anybody may try to sign in, and each try holds its memory and a thread, so a flood of them is turned away early. */
const concurrentMax = 4;

export interface ScryptOptions {
  readonly rng: Rng;
  /** The cost as a power of two, 10 to 20. What was stored keeps the cost it was made with. */
  readonly costLog2: number;
}

/** Stores `scrypt:{cost}:{salt}:{key}`. */
export class ScryptPasswords implements Passwords {
  readonly #rng: Rng;
  readonly #costLog2: number;
  #running = 0;

  constructor({ rng, costLog2 }: ScryptOptions) {
    this.#rng = rng;
    this.#costLog2 = costLog2;
  }

  hash(password: string): Promise<string> {
    return this.#hash(password, this.#costLog2);
  }

  hashGenerated(password: string): Promise<string> {
    return this.#hash(password, generatedCostLog2);
  }

  async verify(password: string, hash: string): Promise<boolean> {
    const stored = /^scrypt:(?<cost>1\d|20):(?<salt>[\w-]{22}):(?<key>[\w-]{43})$/.exec(hash)?.groups;
    if (!stored) return false;
    const { cost = "", salt = "", key = "" } = stored;
    const derived = await this.#try(password, Buffer.from(salt, "base64url"), Number(cost));
    // Else the time of an answer would tell a person with a generated password from nobody.
    if (Number(cost) < this.#costLog2) await this.refuse(password);
    return timingSafeEqual(derived, Buffer.from(key, "base64url"));
  }

  async refuse(password: string): Promise<void> {
    await this.#try(password, Buffer.alloc(16), this.#costLog2);
  }

  async #hash(password: string, costLog2: number): Promise<string> {
    const salt = Buffer.from(this.#rng.bytes(16));
    const key = await scryptKey(password, salt, costLog2);
    return ["scrypt", costLog2, salt.toString("base64url"), key.toString("base64url")].join(":");
  }

  async #try(password: string, salt: Buffer, costLog2: number): Promise<Buffer> {
    if (this.#running >= concurrentMax) throw new Fault("unavailable", { detail: "too many sign-ins at once" });
    this.#running += 1;
    try {
      return await scryptKey(password, salt, costLog2);
    } finally {
      this.#running -= 1;
    }
  }
}

/** Unicode has several spellings of one character; NFKC makes a password the same from every keyboard (RFC 8265). */
function scryptKey(password: string, salt: Buffer, costLog2: number): Promise<Buffer> {
  const cost = 2 ** costLog2;
  const options = { N: cost, r: blockSize, p: parallelization, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
