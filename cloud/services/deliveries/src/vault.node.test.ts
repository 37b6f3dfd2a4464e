import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSecret, NodeVault } from "./vault.node.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-vault-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("what is sealed opens again, never looks the same, and breaks when it was touched", () => {
  const vault = new NodeVault(new Uint8Array(32).fill(7));

  const sealed = vault.seal("123456");

  expect(vault.open(sealed)).toBe("123456");
  expect(vault.seal("123456")).not.toBe(sealed);
  const touched = Buffer.from(sealed, "base64");
  touched[20] = (touched[20] ?? 0) ^ 1;
  expect(() => vault.open(touched.toString("base64"))).toThrow("unable to authenticate data");
  const other = new NodeVault(new Uint8Array(32).fill(8));
  expect(() => other.open(sealed)).toThrow("unable to authenticate data");
});

test("a link's token is the same each time and differs from link to link and key to key", () => {
  const vault = new NodeVault(new Uint8Array(32).fill(7));
  const other = new NodeVault(new Uint8Array(32).fill(8));

  expect(vault.linkToken("a")).toBe(vault.linkToken("a"));
  expect(new Set([vault.linkToken("a"), vault.linkToken("b"), other.linkToken("a")]).size).toBe(3);
  expect(vault.linkToken("a")).toMatch(/^[\w-]{43}$/);
});

test("the secret is made once, however many start at once, for us alone", async () => {
  const atOnce = await Promise.all(Array.from({ length: 8 }, () => loadSecret(folder)));

  expect(new Set(atOnce.map((secret) => Buffer.from(secret).toString("hex"))).size).toBe(1);
  expect(Buffer.from(await loadSecret(folder))).toEqual(atOnce[0]);
  expect(await readdir(folder)).toEqual(["deliveries.key"]);
  expect((await stat(join(folder, "deliveries.key"))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, "deliveries.key"))).toHaveLength(32);
});

test("a secret of the wrong length stops the start", async () => {
  await writeFile(join(folder, "deliveries.key"), "short");

  await expect(loadSecret(folder)).rejects.toThrow("holds 5 bytes where 32 belong");
});
