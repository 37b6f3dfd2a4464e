import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BitReader, BitsDamaged, BitWriter } from "./bits.ts";
import { ColumnWriter, columnMax, readColumn } from "./column.ts";

const valuesMax = 200;
const value = fc.oneof(
  fc.integer({ min: -columnMax, max: columnMax }),
  fc.integer({ min: -100, max: 100 }),
  fc.constantFrom(-columnMax, 0, columnMax),
);
const anyColumn = fc.array(value, { minLength: 1, maxLength: valuesMax });

function written(values: readonly number[]): Uint8Array {
  const bits = new BitWriter();
  new ColumnWriter(valuesMax).write(bits, Float64Array.from(values), values.length);
  return bits.finish();
}

test("any integers within the limit come back", () => {
  fc.assert(
    fc.property(anyColumn, (values) => {
      const bits = new BitReader(written(values));

      expect(readColumn(bits, values.length)).toEqual(values);
      expect(bits.isFinished()).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("columns one after another come back, whatever bit they begin at", () => {
  fc.assert(
    fc.property(fc.array(anyColumn, { minLength: 1, maxLength: 4 }), (columns) => {
      const bits = new BitWriter();
      const writer = new ColumnWriter(valuesMax);
      for (const values of columns) writer.write(bits, Float64Array.from(values), values.length);

      const reader = new BitReader(bits.finish());

      expect(columns.map((values) => readColumn(reader, values.length))).toEqual(columns);
    }),
  );
});

test.each([
  ["a value that never moves", Array.from({ length: 60 }, () => 971), 3],
  ["a value that moves once", Array.from({ length: 60 }, (_, at) => (at < 31 ? 971 : 970)), 6],
  ["a clock that ticks", Array.from({ length: 60 }, (_, at) => 1_767_600_000_000 + at * 1_000), 18],
])("%s costs next to nothing", (_what, values, bytesMax) => {
  expect(written(values).length).toBeLessThanOrEqual(bytesMax);
});

test("one jump costs itself and not the column", () => {
  const calm = Array.from({ length: 60 }, (_, at) => at * 1_000 + (at % 3));
  const jumped = calm.map((at, index) => (index < 30 ? at : at + 315_360_000_000));

  expect(written(jumped).length - written(calm).length).toBeLessThan(30);
});

test("random bits are a column or are refused, and never make more values than were asked for", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: valuesMax }), (bytes, count) => {
      const read = attempt(() => readColumn(new BitReader(bytes), count));

      expect(read instanceof BitsDamaged || read.length === count).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

function attempt(read: () => number[]): number[] | BitsDamaged {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof BitsDamaged) return problem;
    throw problem;
  }
}
