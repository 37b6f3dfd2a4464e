import { expect, test } from "vitest";
import { MemoryBroker } from "./link.memory.ts";
import { linkSuite } from "./link.suite.ts";
import { matchesFilter } from "./link.ts";

linkSuite("a broker in memory", async () => {
  const broker = new MemoryBroker();
  return {
    connect: (clientId, will) => broker.connect(clientId, will),
    cut: (clientId) => broker.cut(clientId),
    async [Symbol.asyncDispose]() {},
  };
});

test.each([
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/#", "a/b/c", true],
  ["a/+/c", "a/b/c", true],
  ["a/b", "a/b/c", false],
  ["a/b/c", "a/b", false],
])("filter %s against topic %s", (filter, topic, isMatch) => {
  expect(matchesFilter(filter, topic)).toBe(isMatch);
});
