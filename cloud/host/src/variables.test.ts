import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { environmentExample, variablesText } from "./variables.ts";

test(".env.example says what the program reads (`npm run unit -- cloud/host/src/variables.test.ts -u` prints it)", async () => {
  await expect(environmentExample()).toMatchFileSnapshot("../.env.example");
});

test("a copy of it means the same at every sourcing: no example runs a command", () => {
  expect(environmentExample()).not.toMatch(/\$\(|`/);
});

test("every example in it can be used as it is, but for the secret, which says how it is made", () => {
  const placeholder = "'<64 hexadecimal digits, made once with: openssl rand -hex 32>'";
  const examples = [...environmentExample().matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [
    name,
    value === placeholder ? "5a".repeat(32) : value,
  ]);

  const config = parseConfig(Object.fromEntries(examples));

  expect(examples).toHaveLength(variablesText().split("\n").length);
  expect(config).toMatchObject({ port: 4100, services: ["deliveries", "dispatch", "maps"] });
});
