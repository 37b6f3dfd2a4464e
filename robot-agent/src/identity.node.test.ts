import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newPrivateKey, type RobotIdentity, readIdentity, robotKey, writeIdentity } from "./identity.node.ts";
import { publicKey } from "./seals.node.ts";

const identity: RobotIdentity = {
  v: 1,
  robot_id: "01890a5d-ac96-774b-bcce-b302099a8057",
  organization_id: "01890a5d-ac96-774b-bcce-b302099a8058",
  name: "R1",
  private_key: newPrivateKey(),
  trust: { root_key: "A".repeat(43) + "=", signing_keys: [] },
};

test("an identity comes back as it was written, readable by its owner alone, and leaves no draft", () => {
  const home = mkdtempSync(join(tmpdir(), "kerbside-identity-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const folder = join(home, "robot");
  const file = join(folder, "identity.json");

  writeIdentity(file, identity);

  expect(readIdentity(file)).toEqual(identity);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["identity.json"]);
});

test("a robot without a file has no identity", () => {
  expect(readIdentity("/nowhere/identity.json")).toBeNull();
});

test("what the key signs, its public half verifies", () => {
  const key = robotKey(identity.private_key);

  const signature = Buffer.from(key.sign("hello"), "base64");

  expect(verify(null, Buffer.from("hello"), publicKey(key.publicKey), signature)).toBe(true);
  expect(createPublicKey(identity.private_key).equals(publicKey(key.publicKey))).toBe(true);
});
