import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { openLog } from "./log.ts";

test("a query that failed is told of, its values are not", () => {
  const lines: string[] = [];
  const log = openLog("trace", { write: (line) => lines.push(line) });
  const row = Object.assign(new Error("null value in column"), {
    detail: "Failing row contains (whsec_1).",
    client: {},
  });
  const query = "insert into webhook_endpoint values ($1, $2)";
  const failed = new DrizzleQueryError(query, ["whsec_1", "+7701\nsecond line"], row);

  log.error({ err: new Error("createWebhook failed", { cause: failed }) }, "it failed");
  log.error({ err: failed }, "it failed");
  log.error(row, "it failed");

  expect(lines.join("")).toContain(query);
  expect(lines.join("")).toContain("null value in column");
  expect(lines.join("")).not.toMatch(/whsec_1|\+7701|second line/);
});
