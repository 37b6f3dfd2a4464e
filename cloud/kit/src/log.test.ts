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

test("nor are those of the errors within an error, however they hang together", () => {
  const lines: string[] = [];
  const log = openLog("trace", { write: (line) => lines.push(line) });
  const query = "insert into webhook_endpoint values ($1)";
  const failed = new DrizzleQueryError(query, ["whsec_1"], new Error("null value in column"));
  const led = new Error("createWebhook failed", { cause: failed });
  const circle = Object.assign(new Error("closing failed"), { first: failed, all: [led] });
  circle.cause = Object.assign(new Error("closed twice"), { cause: circle });

  log.error({ err: new AggregateError([failed, led], `two of them: ${failed.message}`) }, "it failed");
  log.error({ err: new AggregateError([new AggregateError([led])]) }, "it failed");
  log.error({ err: circle }, "it failed");

  for (const line of lines) {
    expect(line).toContain(query);
    expect(line).toContain("null value in column");
    expect(line).not.toContain("whsec_1");
  }
  expect(lines).toHaveLength(3);
});
