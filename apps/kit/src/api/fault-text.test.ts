import { Fault } from "@kerbside/proto/base/fault";
import { expect, test } from "vitest";
import { faultText } from "./fault-text.ts";

test("a refusal reads as the catalogue has it, with what it is about", () => {
  const refusal = new Fault("invalid_request", {}, [{ pointer: "/dropoff/name", message: "is empty" }]);

  expect(faultText(refusal)).toBe(`${refusal.meaning.title} /dropoff/name: is empty`);
});

test("what failed on our side comes with the id by which we find it", () => {
  const failure = new Fault("internal");
  failure.cause = { code: "internal", request_id: "req_1" };

  expect(faultText(failure)).toMatch(/\(req_1\)$/);
});

test("without a connection a person learns that nothing was changed", () => {
  expect(faultText(new Fault("unavailable", { detail: "GET /v1/session: no connection" }))).toBe(
    "No connection to the server. Nothing was changed; try again.",
  );
});

test("what is no refusal of ours is not explained away", () => {
  expect(faultText(new TypeError("x is undefined"))).toMatch(/^Something unexpected/);
});
