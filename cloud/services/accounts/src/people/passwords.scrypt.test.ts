import { Fault } from "@kerbside/proto/base/fault";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { expect, test } from "vitest";
import { ScryptPasswords } from "./passwords.scrypt.ts";

const passwords = new ScryptPasswords({ rng: systemRng, costLog2: 10 });

test("a password is known again and another is not", async () => {
  const hash = await passwords.hash("correct horse battery");

  expect(hash).toMatch(/^scrypt:10:/);
  expect(await passwords.verify("correct horse battery", hash)).toBe(true);
  expect(await passwords.verify("correct horse batterz", hash)).toBe(false);
});

test("one password never has the same hash twice", async () => {
  expect(await passwords.hash("correct horse battery")).not.toBe(await passwords.hash("correct horse battery"));
});

test("what was hashed at another cost still counts", async () => {
  const hash = await new ScryptPasswords({ rng: systemRng, costLog2: 11 }).hash("correct horse battery");

  expect(await passwords.verify("correct horse battery", hash)).toBe(true);
});

test("a generated password is hashed fast and is known again", async () => {
  const costly = new ScryptPasswords({ rng: systemRng, costLog2: 12 });

  const hash = await costly.hashGenerated("correct horse battery");

  expect(hash).toMatch(/^scrypt:10:/);
  expect(await costly.verify("correct horse battery", hash)).toBe(true);
  expect(await costly.verify("correct horse batterz", hash)).toBe(false);
});

test("the same word typed on another keyboard is the same password", async () => {
  const hash = await passwords.hash("naïve café au lait".normalize("NFC"));

  expect(await passwords.verify("naïve café au lait".normalize("NFD"), hash)).toBe(true);
});

test.each(["", "scrypt:99:x:y", "$2b$10$abcdefghijklmnopqrstuv", "scrypt:10::"])(
  "%j is no hash of ours",
  async (hash) => {
    expect(await passwords.verify("", hash)).toBe(false);
  },
);

test("a flood of tries is turned away before it takes all memory", async () => {
  const hash = await passwords.hash("correct horse battery");

  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => passwords.verify("wrong", hash)));

  const refused = tries.filter((one) => one.status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every((one) => one.reason instanceof Fault && one.reason.code === "unavailable")).toBe(true);
  expect(await passwords.verify("correct horse battery", hash)).toBe(true);
});
