/** Tokens are this; anything else in the address is no link of ours. */
const form = /^[A-Za-z0-9_-]{20,200}$/;

/** The secret of a tracking link: what stands behind `#`, which browsers send to nobody. Null where there is none. */
export function tokenOf(hash: string): string | null {
  const token = hash.replace(/^#/, "");
  return form.test(token) ? token : null;
}
