import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Epochs } from "./epochs.node.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "kerbside-epochs-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("epochs follow the clock, and grow when it stands still or goes back to 1970", () => {
  const dataDir = folder();
  const clock = { nowMs: 5_000 };
  const epochs = new Epochs(dataDir, () => clock.nowMs);

  const first = [epochs.next(), epochs.next()];
  clock.nowMs = 0;
  const restarted = new Epochs(dataDir, () => clock.nowMs);

  expect([...first, restarted.next()]).toEqual([5_000, 5_001, 5_002]);
});

test("a file that says nothing is as good as none", () => {
  const dataDir = folder();
  writeFileSync(join(dataDir, "epoch"), "half a num");

  expect(new Epochs(dataDir, () => 7).next()).toBe(7);
});
