import type { Rng } from "./rng.ts";

/** The platform's cryptographic source; runs in Node and in browsers. */
export const systemRng: Rng = {
  uint32: () => {
    const [word] = globalThis.crypto.getRandomValues(new Uint32Array(1));
    return word ?? 0;
  },
  bytes: (size) => globalThis.crypto.getRandomValues(new Uint8Array(size)),
};
