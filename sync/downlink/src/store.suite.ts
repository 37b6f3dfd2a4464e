import { describe, expect, test } from "vitest";
import type { MirrorEntry } from "./mirror.ts";
import type { MirrorStore } from "./store.ts";

const flag = (id: string, version: number, on = true): MirrorEntry => ({
  kind: "flag",
  id,
  version,
  body: JSON.stringify({ key: id, on }),
});
const at = (offset: string) => ({ handle: "h1", offset });
const sorted = (rows: readonly MirrorEntry[]): readonly MirrorEntry[] =>
  [...rows].sort((a, b) => a.id.localeCompare(b.id));

/** `reopen` gives the same store as a new process would find it. */
export function mirrorStoreSuite(
  name: string,
  make: () => { readonly store: MirrorStore; readonly reopen: () => MirrorStore },
): void {
  describe(`the mirror in ${name}`, () => {
    test("is empty and nowhere at first", () => {
      const { store } = make();

      expect([store.position(), store.rows()]).toEqual([null, []]);
    });

    test("rows and position change together and survive a restart", () => {
      const { store, reopen } = make();

      store.write({ type: "apply", put: [flag("a", 1), flag("b", 1)], remove: [], position: at("5_0") });

      const again = reopen();
      expect(again.position()).toEqual(at("5_0"));
      expect(sorted(again.rows())).toEqual([flag("a", 1), flag("b", 1)]);
    });

    test("a newer row takes the place of the older one, and a removed one is gone", () => {
      const { store, reopen } = make();
      store.write({ type: "apply", put: [flag("a", 1), flag("b", 1)], remove: [], position: at("5_0") });

      store.write({ type: "apply", put: [flag("a", 2, false)], remove: [flag("b", 1)], position: at("6_0") });

      expect(reopen().rows()).toEqual([flag("a", 2, false)]);
    });

    test("a tombstone is kept as one", () => {
      const { store, reopen } = make();
      const tombstone: MirrorEntry = { kind: "grant", id: "g", version: 3, body: null };

      store.write({ type: "apply", put: [tombstone], remove: [], position: at("5_0") });

      expect(reopen().rows()).toEqual([tombstone]);
    });

    test("a new snapshot takes the place of everything", () => {
      const { store, reopen } = make();
      store.write({ type: "apply", put: [flag("a", 7), flag("b", 1)], remove: [], position: at("5_0") });

      store.write({ type: "replace", rows: [flag("a", 2)], position: { handle: "h2", offset: "0_inf" } });

      expect(reopen().rows()).toEqual([flag("a", 2)]);
      expect(reopen().position()).toEqual({ handle: "h2", offset: "0_inf" });
    });
  });
}
