import { expect, test } from "vitest";
import { type Column, csvOf } from "./csv.ts";

interface Row {
  readonly name: string;
  readonly level: number | null;
}
const columns: readonly Column<Row>[] = [
  { name: "name", of: ({ name }) => name },
  { name: "level", of: ({ level }) => level },
];

test("a table has its columns' names, a line a row, and nothing where nothing is known", () => {
  const rows = [
    { name: "Tulpar 1", level: 71 },
    { name: "Altyn 10", level: null },
  ];

  expect(csvOf(rows, columns)).toBe("name,level\r\nTulpar 1,71\r\nAltyn 10,\r\n");
  expect(csvOf([], columns)).toBe("name,level\r\n");
});

test("commas, quotes and new lines stay within their cell", () => {
  expect(csvOf([{ name: 'Nauryz "Kitchen",\nLeft Bank', level: -1 }], columns)).toBe(
    'name,level\r\n"Nauryz ""Kitchen"",\nLeft Bank",-1\r\n',
  );
});

test.each(["=1+1", "+7717", "-2", "@SUM(A1)", "\tx"])("a spreadsheet does not take %j for a formula", (name) => {
  expect(csvOf([{ name, level: 0 }], columns)).toContain(`\r\n'${name},0`);
});
