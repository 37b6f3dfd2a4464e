import { systemRng } from "@kerbside/proto/base/rng.system";
import { expect, test } from "vitest";
import { claimHash, newClaimCode } from "./claim.ts";

test("a code is four groups that nobody misreads", () => {
  const codes = Array.from({ length: 200 }, () => newClaimCode(systemRng));

  expect(codes.every((code) => /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true);
  expect(new Set(codes).size).toBe(200);
});

test.each([
  "0A1B-2C3D-4E5F-6G7H",
  "0a1b2c3d4e5f6g7h",
  " 0A1B 2C3D 4E5F 6G7H ",
  "OAIB-2C3D-4E5F-6G7H",
  "oalb.2c3d.4e5f.6g7h",
])("%s is the same code however it is typed", (typed) => {
  expect(claimHash(typed)).toBe(claimHash("0A1B-2C3D-4E5F-6G7H"));
});

test("another code is another", () => {
  expect(claimHash("0A1B-2C3D-4E5F-6G7J")).not.toBe(claimHash("0A1B-2C3D-4E5F-6G7H"));
});
