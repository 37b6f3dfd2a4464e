import { expect, test } from "vitest";
import { helpText, readAsked } from "./asked.ts";

const [first, second] = [2, 14].map((row) => ({ row, title: `Title ${row}`, says: "", run: async () => [] }));
const benches = [first, second].flatMap((bench) => bench ?? []);

test("without words every row is measured and nothing is written", () => {
  expect(readAsked([], benches)).toEqual({ ok: true, value: { what: "measure", benches, isWritten: false } });
});

test("--write measures every row and writes the table", () => {
  expect(readAsked(["--write"], benches)).toEqual({ ok: true, value: { what: "measure", benches, isWritten: true } });
});

test.each(["--rows=14", "--rows=14,14", "--rows= 14 "])("%s picks that row", (word) => {
  expect(readAsked([word], benches)).toMatchObject({ ok: true, value: { benches: [second] } });
});

test("rows come in the order of the table", () => {
  expect(readAsked(["--rows", "14,2"], benches)).toMatchObject({ ok: true, value: { benches } });
});

test.each([
  { words: ["--rows", "14,99"], says: "No such row: 99." },
  { words: ["--rows", ""], says: "No such row: ." },
  { words: ["--rows"], says: "argument missing" },
  { words: ["--fast"], says: "Unknown option '--fast'" },
  { words: ["14"], says: "Unexpected argument '14'" },
  { words: ["--write", "--rows", "14"], says: "--write is for the whole table" },
])("$words is refused in words", ({ words, says }) => {
  expect(readAsked(words, benches)).toEqual({ ok: false, error: expect.stringContaining(says) });
});

test("the help names every row", () => {
  expect(readAsked(["--help"], benches)).toEqual({ ok: true, value: { what: "help" } });
  expect(helpText(benches)).toMatch(/ 2 {2}Title 2\n +14 {2}Title 14\n/);
});
