import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { SqliteMirrorStore } from "./store.sqlite.ts";
import { mirrorStoreSuite } from "./store.suite.ts";

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-mirror-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "robot.sqlite");
}

mirrorStoreSuite("SQLite", () => {
  const file = newFile();
  const open = (): SqliteMirrorStore => new SqliteMirrorStore(new Database(file));
  return { store: open(), reopen: open };
});

test("a write that fails half-way leaves rows and position as they were", () => {
  const store = new SqliteMirrorStore(new Database(newFile()));
  const row = { kind: "flag", id: "a", version: 1, body: "{}" } as const;
  store.write({ type: "replace", rows: [row], position: { handle: "h", offset: "1_0" } });
  const poisoned = { ...row, id: "b", version: Number.NaN };

  expect(() =>
    store.write({
      type: "replace",
      rows: [{ ...row, version: 2 }, poisoned],
      position: { handle: "h", offset: "2_0" },
    }),
  ).toThrow("NOT NULL");

  expect([store.position(), store.rows()]).toEqual([{ handle: "h", offset: "1_0" }, [row]]);
});
