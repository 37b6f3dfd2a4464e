/** How many checks came to which end. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The closing line. Where nothing may be missing (CI), what was skipped has failed; and nothing run is no success. */
export function verdict(tally: Tally, isCi: boolean): { readonly line: string; readonly isGreen: boolean } {
  const { passed, failed, skipped } = isCi ? { ...tally, failed: tally.failed + tally.skipped, skipped: 0 } : tally;
  const tail = skipped > 0 ? `, ${skipped} skipped` : "";
  return { line: `${passed} passed, ${failed} failed${tail}`, isGreen: failed === 0 && passed > 0 };
}
