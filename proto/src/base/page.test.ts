import { expect, test } from "vitest";
import { answerPage, pageOf } from "./page.ts";

const rows = [3, 2, 1].map((n) => ({
  createdAt: `2026-01-05T09:00:0${n}.000Z`,
  id: `01890000-0000-7000-8000-00000000000${n}`,
}));
const as = { view: ({ id }: { readonly id: string }) => id.at(-1), end: (row: (typeof rows)[number]) => row };

test("a page that is full says where the next one begins", () => {
  const first = answerPage(rows, pageOf({ limit: 2 }), as);

  expect(first.items).toEqual(["3", "2"]);
  expect(pageOf({ limit: 2, cursor: first.next_cursor ?? "" }).after).toEqual(rows[1]);
});

test("the last page says that nothing follows", () => {
  expect(answerPage(rows, pageOf({ limit: 3 }), as)).toEqual({ items: ["3", "2", "1"], next_cursor: null });
  expect(answerPage([], pageOf({ limit: 3 }), as)).toEqual({ items: [], next_cursor: null });
});

test.each(["", "x", "%%%", "123"])("“%s” is no cursor", (cursor) => {
  expect(() => pageOf({ limit: 1, cursor })).toThrow(expect.objectContaining({ code: "invalid_request" }));
});
