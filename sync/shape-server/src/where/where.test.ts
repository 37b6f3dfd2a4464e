import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { asText, PgCatalog } from "../catalog/catalog.pg.ts";
import type { Table } from "../catalog/table.ts";
import { TestDatabase } from "../database.harness.ts";
import { indexKeys } from "./index-keys.ts";
import { loadParser, parseWhere, type WhereText, withConstants } from "./parse.ts";
import { whereSql } from "./sql.ts";
import { judge, type Row, type Where } from "./where.ts";

let database: TestDatabase;
let catalog: PgCatalog;
let table: Table;
let rows: readonly Row[];

beforeAll(async () => {
  await loadParser();
  database = await TestDatabase.make(inject("postgresUrl"), "shapes_where");
  await database.table("r", "id int8 PRIMARY KEY, n int4, s int2, flag bool, name text, code varchar(4), owner uuid");
  await database.sql(`INSERT INTO r SELECT row_number() OVER (), n, -n, flag, name, left(name, 4), owner FROM
    unnest(ARRAY[0, 1, -2, NULL]) n, unnest(ARRAY[true, false, NULL]) flag,
    unnest(ARRAY['a', 'A', 'a ', '', 'é', E'\\\\', '''', NULL]) name,
    unnest(ARRAY['00000000-0000-0000-0000-00000000000a'::uuid, NULL]) owner`);
  catalog = new PgCatalog(database.pool, database.publication);
  const found = await catalog.table({ schema: "public", name: "r" });
  if (!found) throw new Error("the table is not there");
  table = found;
  rows = await select("true", []);
});
afterAll(() => database[Symbol.asyncDispose]());

async function select(where: string, params: readonly string[]): Promise<readonly Row[]> {
  const text = `SELECT id, n, s, flag, name, code, owner FROM r WHERE ${where} ORDER BY id`;
  return (await database.pool.query<Row[number][]>({ text, values: [...params], rowMode: "array", types: asText }))
    .rows;
}

async function read(clause: WhereText): Promise<Where> {
  const draft = parseWhere(clause, table);
  return withConstants(draft.where, await catalog.canonical(draft.constants));
}

/** Constants of each column as people write them, several ways each. */
const constants: Readonly<Record<string, readonly string[]>> = {
  id: ["7", "'7'", "'007'", "-1", "9223372036854775807", "'3'::int8", "NULL"],
  n: ["0", "1", "'1'", "' 1 '", "-2", "'-2'::integer", "NULL"],
  s: ["0", "-1", "'2'", "NULL"],
  flag: ["true", "FALSE", "'t'", "'yes'", "'off'", "'1'::bool", "NULL"],
  name: ["'a'", "'A'", "'a '", "''", "'é'", "''''", "E'\\\\'", "'a'::text", "'x'::varchar", "NULL"],
  code: ["'a'", "'longer than four'", "''", "'a '"],
  owner: ["'00000000-0000-0000-0000-00000000000A'", "'{0000000000000000000000000000000a}'::uuid", "NULL"],
};
const columns = Object.keys(constants);

const column = fc.constantFrom(...columns);
const comparison = column.chain((name) => {
  const constant = fc.constantFrom(...(constants[name] ?? []));
  return fc.oneof(
    fc.tuple(constant, fc.constantFrom("=", "<>", "!=")).map(([value, operator]) => `${name} ${operator} ${value}`),
    constant.map((value) => `${value} = ${name}`),
    fc
      .tuple(fc.array(constant, { minLength: 1, maxLength: 4 }), fc.constantFrom("IN", "NOT IN"))
      .map(([values, operator]) => `${name} ${operator} (${values.join(", ")})`),
    fc.constantFrom(`${name} IS NULL`, `${name} IS NOT NULL`),
  );
});
const atom = fc.oneof(
  { weight: 8, arbitrary: comparison },
  { weight: 1, arbitrary: fc.constantFrom("flag", "true", "false", "NULL") },
);
const { clause } = fc.letrec<{ clause: string }>((tie) => ({
  clause: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    tie("clause").map((inner) => `NOT (${inner})`),
    fc.tuple(tie("clause"), fc.constantFrom("AND", "OR"), tie("clause")).map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
}));

describe("a clause", () => {
  test("is judged by us as by Postgres, also when it is spelt anew, and finds its rows by its keys", async () => {
    await fc.assert(
      fc.asyncProperty(clause, async (text) => {
        const where = await read({ text, params: [] });
        const expected = (await select(text, [])).map(([id]) => id);

        const keys = indexKeys(where);
        const ours = rows.filter((row) => judge(where, row) === true);

        expect(ours.map(([id]) => id)).toEqual(expected);
        expect((await select(whereSql(where, table), [])).map(([id]) => id)).toEqual(expected);
        expect(ours.filter((row) => keys && !keys.some((key) => row[key.column] === key.value))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("takes its parameters as values of the columns they are compared with", async () => {
    const clause = {
      text: "n = $1 AND name IN ($2, $3) AND owner = $4",
      params: ["01", "it's", "a", "00000000-0000-0000-0000-00000000000A"],
    };

    const where = await read(clause);

    expect(whereSql(where, table)).toBe(
      `("n" IN ('1'::pg_catalog.int4)) AND ("name" IN ('a'::pg_catalog.text, 'it''s'::pg_catalog.text)) AND ("owner" IN ('00000000-0000-0000-0000-00000000000a'::pg_catalog.uuid))`,
    );
  });

  test.each([
    ["owner = '00000000-0000-0000-0000-00000000000a' AND flag", 1],
    ["n IN (1, 2) OR name = 'a'", 3],
    ["n IN (1, 2) AND name = 'a'", 1],
    ["n IS NULL", 1],
    ["n <> 1", null],
    ["n = 1 OR name <> 'a'", null],
    ["false", 0],
  ])("%s is found through %s keys", async (text, count) => {
    const keys = indexKeys(await read({ text, params: [] }));

    expect(keys?.length ?? null).toBe(count);
  });
});
