import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MirrorEntry } from "./mirror.ts";
import { changedRows, type ShapeMessage, stage, startStaging, upToDate } from "./staging.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const position = { handle: "h", offset: "9_0" };
const entry = (id: string, version: number, body: string | null = "{}"): MirrorEntry => ({
  kind: "flag",
  id,
  version,
  body,
});
const insert = (id: string, version: number, body: string | null = "{}"): ShapeMessage => ({
  type: "insert",
  value: { robot_id: robotId, ...entry(id, version, body) },
});
const update = (id: string, change: Readonly<Record<string, unknown>>): ShapeMessage => ({
  type: "update",
  value: { robot_id: robotId, kind: "flag", id, ...change },
});
const remove = (id: string): ShapeMessage => ({ type: "delete", value: { robot_id: robotId, kind: "flag", id } });

describe("following changes", () => {
  test("an update that names only what changed is laid over the row", () => {
    const staging = stage(startStaging([entry("a", 1, "old")], false), [update("a", { version: 2 })]);

    expect(upToDate(staging, position).write).toEqual({
      type: "apply",
      put: [entry("a", 2, "old")],
      remove: [],
      position,
    });
  });

  test("an update of a row that came in the same batch is laid over that", () => {
    const staging = stage(startStaging([], false), [insert("a", 1, "old"), update("a", { version: 2, body: null })]);

    expect(upToDate(staging, position).write).toMatchObject({ put: [entry("a", 2, null)] });
  });

  test("an older version never takes the place of a newer one", () => {
    const staging = stage(startStaging([entry("a", 5)], false), [update("a", { version: 4, body: "late" })]);

    expect(upToDate(staging, position).write).toBeNull();
  });

  test("a row that leaves is removed", () => {
    const staging = stage(startStaging([entry("a", 5)], false), [remove("a"), remove("never seen")]);

    expect(upToDate(staging, position).write).toMatchObject({ put: [], remove: [entry("a", 5)] });
  });

  test("an update of a row we do not have is refused, by name", () => {
    const staging = stage(startStaging([], false), [update("a", { version: 2 })]);

    expect(staging.refused).toEqual([expect.stringContaining("flag/a")]);
    expect(upToDate(staging, position).write).toBeNull();
  });

  test("nothing new is nothing to write", () => {
    expect(upToDate(startStaging([entry("a", 1)], false), position).write).toBeNull();
  });
});

describe("a new snapshot", () => {
  test("replaces what was, also by lower versions, when it is complete", () => {
    const staging = stage(startStaging([entry("a", 5), entry("b", 1)], true), [insert("a", 2)]);

    expect(upToDate(staging, position).write).toEqual({ type: "replace", rows: [entry("a", 2)], position });
  });

  test("forgets what was staged when the log must be fetched anew", () => {
    const staging = stage(startStaging([entry("a", 5)], false), [
      insert("b", 1),
      { type: "must_refetch" },
      insert("c", 1),
    ]);

    expect(staging.committed.get("flag/a")).toEqual(entry("a", 5));
    expect(upToDate(staging, position).write).toMatchObject({ type: "replace", rows: [entry("c", 1)] });
  });

  test("that holds the same rows changes nothing for consumers", () => {
    const before = startStaging([entry("a", 5)], true);
    const { staging } = upToDate(stage(before, [insert("a", 5)]), position);

    expect(changedRows(before.committed, staging.committed)).toEqual([]);
  });

  test("tells consumers of what is gone as of a tombstone", () => {
    const before = startStaging([entry("a", 5), entry("b", 1)], true);
    const { staging } = upToDate(stage(before, [insert("a", 6)]), position);

    expect(changedRows(before.committed, staging.committed)).toEqual([entry("b", 1, null), entry("a", 6)]);
  });
});

test("however the log is cut into answers, the mirror ends the same", () => {
  const message = fc
    .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("insert", "update", "delete", "must_refetch"))
    .chain(([id, type]) => fc.constant({ id, type }));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 30 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      (plan, cuts) => {
        const messages = plan.map(({ id, type }, index): ShapeMessage => {
          if (type === "must_refetch") return { type };
          if (type === "delete") return remove(id);
          return type === "insert" ? insert(id, index + 1) : update(id, { version: index + 1, body: "changed" });
        });
        const whole = upToDate(stage(startStaging([], false), messages), position).staging;
        let cut = startStaging([], false);
        for (const [index, one] of messages.entries()) {
          cut = stage(cut, [one]);
          // A refetch is complete only at its own up-to-date, so an answer never ends right behind it.
          if (cuts[index] && one.type !== "must_refetch" && !cut.isSnapshot) cut = upToDate(cut, position).staging;
        }

        expect(upToDate(cut, position).staging.committed).toEqual(whole.committed);
      },
    ),
  );
});
