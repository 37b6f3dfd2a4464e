/** Resolves when nobody holds the lock any more: its page has gone. Never, where there are no locks. */
export async function untilLockFree(name: string): Promise<void> {
  if (!("locks" in navigator)) return new Promise(() => undefined);
  await navigator.locks.request(name, () => undefined);
}
