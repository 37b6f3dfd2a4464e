import { verify } from "node:crypto";
import { chmod, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { signingKeyText } from "@kerbside/proto/robot/trust";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKeys } from "./keys.node.ts";
import { privateKeyFrom, publicKeyFrom, signerWith, verifierOf } from "./signer.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-keys-"));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

test("keys are made once and kept readable by us alone", async () => {
  const first = signerWith(await openKeys(join(folder, "keys"), systemRng)).trust();
  const second = signerWith(await openKeys(join(folder, "keys"), systemRng)).trust();

  expect(second).toEqual(first);
  for (const name of await readdir(join(folder, "keys"))) {
    expect((await stat(join(folder, "keys", name))).mode & 0o777).toBe(0o600);
  }
});

test("a root key that is gone is not replaced, since every robot believes that one", async () => {
  await openKeys(folder, systemRng);
  await rm(join(folder, "root.pem"));

  await expect(openKeys(folder, systemRng)).rejects.toThrow(`${join(folder, "root.pem")} is missing`);
});

test("a key that is put beside the first one signs from then on, and both are vouched for", async () => {
  const before = signerWith(await openKeys(folder, systemRng));
  const pem = privateKeyFrom(systemRng.bytes(32)).export({ format: "pem", type: "pkcs8" });
  const file = join(folder, "signing-00000000deadbeef.pem");
  await writeFile(file, pem, { mode: 0o600 });
  const later = new Date("2999-01-01");
  await utimes(file, later, later);

  const after = signerWith(await openKeys(folder, systemRng));

  const ids = after.trust().signing_keys.map(({ key_id }) => key_id);
  expect(ids).toHaveLength(2);
  expect(ids).toContain(before.sign("grant", {}).key_id);
  expect(after.sign("grant", {}).key_id).not.toBe(before.sign("grant", {}).key_id);
  expect(after.trust().root_key).toBe(before.trust().root_key);
});

test("the root key vouches for the signing key", async () => {
  const trust = signerWith(await openKeys(folder, systemRng)).trust();

  const [key] = trust.signing_keys;

  expect(key && verifierOf(trust.root_key)(signingKeyText(key), key.root_signature)).toBe(true);
});

test("a seal holds for its context and for nothing else", async () => {
  const signer = signerWith(await openKeys(folder, systemRng));
  const [key] = signer.trust().signing_keys;

  const signed = signer.sign("grant", { v: 1 });

  const seal = (context: string): Buffer =>
    Buffer.concat([Buffer.from(`${context}\0`), Buffer.from(signed.payload, "base64")]);
  const publicKey = publicKeyFrom(key?.public_key ?? "");
  const holds = (context: string): boolean =>
    publicKey !== null && verify(null, seal(context), publicKey, Buffer.from(signed.signature, "base64"));
  expect(signed.key_id).toBe(key?.key_id);
  expect(holds("grant")).toBe(true);
  expect(holds("command")).toBe(false);
});

test.each(["", "AAAA", "not base64 at all"])("%j is no key and verifies nothing", (raw) => {
  expect(verifierOf(raw)("text", "signature")).toBe(false);
});
