import { expect, test } from "vitest";
import { generateMigration, servicesBehind } from "./generate.node.ts";

test("no service's tables.ts is ahead of its migrations", async () => {
  expect(await servicesBehind()).toEqual([]);
}, 60_000);

test("a migration needs a service with tables and a name in words", async () => {
  await expect(generateMigration("deliveries", "Add Column")).rejects.toThrow("use words_like_these");
  await expect(generateMigration("delivery", "add_column")).rejects.toThrow(
    "cloud/services/delivery/src/tables.ts is not there",
  );
});
