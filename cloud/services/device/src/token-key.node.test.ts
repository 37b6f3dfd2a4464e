import { createPublicKey, type KeyObject } from "node:crypto";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTokenKey } from "./token-key.node.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-token-key-"));
});
afterEach(() => rm(folder, { recursive: true }));

const publicHalf = (key: KeyObject) => createPublicKey(key).export({ format: "pem", type: "spki" });

test("the key is made once and readable by us alone", async () => {
  const first = await openTokenKey(join(folder, "device"));
  const file = join(folder, "device", "robot-tokens.pem");
  await chmod(file, 0o644);

  const second = await openTokenKey(join(folder, "device"));

  expect(publicHalf(second)).toBe(publicHalf(first));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("a damaged key stops the start and says what to do", async () => {
  await writeFile(join(folder, "robot-tokens.pem"), "not a key");

  await expect(openTokenKey(folder)).rejects.toThrow(/is no Ed25519 private key: restore it/);
});
