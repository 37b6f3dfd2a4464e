import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinDeltas, ShapeTable } from "./shape-table.ts";
import type { RowChange } from "./source.ts";
import type { RowDelta, ShapeRow } from "./wire.ts";

const at = (offset: string) => ({ offset, handle: "h" });
const put = (key: string, value: object, operation: "insert" | "update" = "insert"): RowChange => ({
  operation,
  key,
  value,
});
const gone = (key: string): RowChange => ({ operation: "delete", key, value: {} });

describe("the rows of a shape", () => {
  test("nothing is shown before everything of it has come", () => {
    const table = new ShapeTable();

    table.stage([put("1", { id: 1, at: 7n })]);
    const before = table.whole();
    const delta = table.commit(at("0_0"));

    expect(before.put).toEqual([]);
    expect(delta).toEqual({ isReset: false, put: [["1", { id: 1, at: 7n }]], gone: [] });
  });

  test("an update keeps what it does not name", () => {
    const table = new ShapeTable();
    table.stage([put("1", { id: 1, a: "a", b: "b" })]);
    table.commit(at("0_0"));

    table.stage([put("1", { id: 1, a: "c" }, "update"), put("2", { id: 2 }), gone("2")]);
    const delta = table.commit(at("9_0"));

    expect(delta).toEqual({ isReset: false, put: [["1", { id: 1, a: "c", b: "b" }]], gone: ["2"] });
  });

  test("when everything comes again, the old rows serve until the new ones are complete", () => {
    const table = new ShapeTable();
    table.stage([put("1", { id: 1 })]);
    table.commit(at("0_0"));

    table.restart();
    table.stage([put("2", { id: 2 })]);
    const during = table.whole();
    const delta = table.commit(at("0_0"));

    expect(during.put).toEqual([["1", { id: 1 }]]);
    expect(delta).toEqual({ isReset: true, put: [["2", { id: 2 }]], gone: [] });
  });

  test("what a stream brought in part is forgotten when it stops, and asked for again", () => {
    const table = new ShapeTable();
    table.stage([put("1", { id: 1 })]);
    table.commit(at("0_0"));
    table.stage([put("2", { id: 2 })]);

    table.rewind();
    const delta = table.commit(at("0_0"));

    expect(delta.put).toEqual([]);
    expect(table.position).toEqual(at("0_0"));
  });
});

test("deltas that are joined say the same as one after the other", () => {
  const key = fc.constantFrom("a", "b", "c", "d");
  const delta: fc.Arbitrary<RowDelta> = fc
    .record({
      isReset: fc.boolean(),
      put: fc.uniqueArray(fc.tuple(key, fc.record({ n: fc.nat(9) })), { selector: ([name]) => name }),
      gone: fc.uniqueArray(key),
    })
    .map(({ isReset, put: rows, gone: keys }) => ({
      isReset,
      put: rows,
      gone: isReset ? [] : keys.filter((name) => !rows.some(([other]) => other === name)),
    }));
  fc.assert(
    fc.property(fc.array(delta, { minLength: 1, maxLength: 6 }), (deltas) => {
      const oneByOne = new Map<string, ShapeRow>([["a", { n: -1 }]]);
      const joined = new Map(oneByOne);

      for (const each of deltas) apply(oneByOne, each);
      const all = deltas.reduce<RowDelta | null>(joinDeltas, null);
      if (all) apply(joined, all);

      expect(joined).toEqual(oneByOne);
    }),
  );
});

function apply(rows: Map<string, ShapeRow>, delta: RowDelta): void {
  if (delta.isReset) rows.clear();
  for (const [key, row] of delta.put) rows.set(key, row);
  for (const key of delta.gone) rows.delete(key);
}
