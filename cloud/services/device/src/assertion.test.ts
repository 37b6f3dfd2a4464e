import { err, ok } from "@kerbside/proto/base/result";
import { assertionAudience } from "@kerbside/proto/routes/device";
import { expect, test } from "vitest";
import { judgeAssertion } from "./assertion.ts";

const robotId = "01890000-0000-7000-8000-0000000000a1";
const otherId = "01890000-0000-7000-8000-0000000000a2";
const nowMs = Date.UTC(2026, 0, 5, 9);
const nowS = nowMs / 1_000;
const claims = { iss: robotId, sub: robotId, aud: assertionAudience, iat: nowS, exp: nowS + 60, jti: "a-fresh-id" };

test("a fresh assertion may be used once, until it expires", () => {
  expect(judgeAssertion(claims, { robotId, nowMs })).toEqual(ok({ jti: "a-fresh-id", expiresAtMs: nowMs + 60_000 }));
});

test.each([
  ["at its last moment", { iat: nowS - 59, exp: nowS + 1 }, ok(expect.anything())],
  ["as it expires", { iat: nowS - 60, exp: nowS }, err("mistimed")],
  ["by a clock that is a little ahead", { iat: nowS + 9, exp: nowS + 60 }, ok(expect.anything())],
  ["by a clock that is far ahead", { iat: nowS + 3_600, exp: nowS + 3_660 }, err("mistimed")],
  ["by a clock of 1970", { iat: 0, exp: 60 }, err("mistimed")],
  ["for two minutes", { exp: nowS + 120 }, ok(expect.anything())],
  ["for longer than two minutes", { exp: nowS + 121 }, err("malformed")],
  ["that ends before it begins", { exp: nowS - 1 }, err("malformed")],
  ["in fractions of a second", { exp: nowS + 0.5 }, err("malformed")],
  ["for another use", { aud: "kerbside/other" }, err("malformed")],
  ["from another robot", { iss: otherId }, err("malformed")],
  ["about another robot", { sub: otherId }, err("malformed")],
  ["without an id", { jti: undefined }, err("malformed")],
  ["with an id that repeats soon", { jti: "1" }, err("malformed")],
  ["that never ends", { exp: undefined }, err("malformed")],
  ["that ends at no number", { exp: Number.NaN }, err("malformed")],
])("one made %s", (_title, change, judged) => {
  expect(judgeAssertion({ ...claims, ...change }, { robotId, nowMs })).toEqual(judged);
});

test.each([null, undefined, "text", 7, [], {}])("%j is no assertion", (payload) => {
  expect(judgeAssertion(payload, { robotId, nowMs })).toEqual(err("malformed"));
});
