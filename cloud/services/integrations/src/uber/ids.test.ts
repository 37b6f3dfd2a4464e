import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromUberId, toUberId } from "./ids.ts";

describe("an id under Uber's name", () => {
  test("leads back to ours", () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(fromUberId("delivery", toUberId("delivery", id))).toBe(id);
      }),
    );
  });

  test("looks like Uber's", () => {
    expect(toUberId("quote", "01890000-0000-7000-8000-000000000001")).toBe("dqt_AYkAAAAAcACAAAAAAAAAAQ");
  });

  test.each([
    ["of another kind", "dqt_AYkAAAAAcACAAAAAAAAAAQ"],
    ["too short", "del_AYkAAAAAcACAAAAAAAAAA"],
    ["too long", "del_AYkAAAAAcACAAAAAAAAAAQA"],
    ["with bits that belong to no byte", "del_AYkAAAAAcACAAAAAAAAAAR"],
    ["of other characters", "del_AYkAAAAAcACAAAAAAAAA=="],
    ["of ours", "01890000-0000-7000-8000-000000000001"],
    ["empty", ""],
  ])("is none when it is %s", (_title, text) => {
    expect(fromUberId("delivery", text)).toBeNull();
  });
});
