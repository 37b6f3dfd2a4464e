import { expect, test } from "vitest";
import { type ServerFacts, whyUnfit } from "./server-facts.ts";

const fit: ServerFacts = {
  name: "kerbside",
  version: "15.1",
  version_num: 150_001,
  wal_level: "logical",
  role: "kerbside",
  may_make: true,
};

test("a PostgreSQL 15 with logical replication and a role that may make things is fit", () => {
  expect(whyUnfit(fit)).toBeNull();
});

test.each([
  [{ version: "14.11", version_num: 140_011 }, "it is PostgreSQL 14.11, and 15 or later is needed"],
  [{ wal_level: "replica" }, "wal_level is replica: set it to logical"],
  [{ may_make: false }, "the role kerbside needs CREATEROLE"],
])("one with %j is not, and it says why", (facts, words) => {
  expect(whyUnfit({ ...fit, ...facts })).toContain(words);
});
