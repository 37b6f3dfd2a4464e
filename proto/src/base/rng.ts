/** The only source of chance. */
export interface Rng {
  /** The next unsigned 32-bit integer. */
  uint32(): number;
  /** `size` random bytes. */
  bytes(size: number): Uint8Array;
}

/** A float in [0, 1). */
export function unit(rng: Rng): number {
  return rng.uint32() / 2 ** 32;
}

/** An integer in [0, limit). */
export function below(rng: Rng, limit: number): number {
  return Math.floor(unit(rng) * limit);
}
