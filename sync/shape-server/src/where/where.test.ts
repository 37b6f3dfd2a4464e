import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { asText, PgCatalog } from "../catalog/catalog.pg.ts";
import type { Table } from "../catalog/table.ts";
import { TestDatabase } from "../database.harness.ts";
import { indexKeys } from "./index-keys.ts";
import { PgJudge } from "../shapes/judge.pg.ts";
import { loadParser, parseWhere, withConstants } from "./parse.ts";
import type { WhereText } from "./refused.ts";
import { whereSql } from "./sql.ts";
import { type Answers, judge, type Row, sqlParts, type Where } from "./where.ts";

let database: TestDatabase;
let catalog: PgCatalog;
let table: Table;
let rows: readonly Row[];

beforeAll(async () => {
  await loadParser();
  database = await TestDatabase.make(inject("postgresUrl"), "shapes_where");
  await database.table(
    "r",
    "id int8 PRIMARY KEY, n int4, s int2, flag bool, name text, code varchar(4), owner uuid, at timestamptz, amount numeric(6, 2), ratio float8, tags text[], span interval",
  );
  await database.sql(`INSERT INTO r SELECT row_number() OVER (), n, -n, flag, name, left(name, 4), owner,
    (ARRAY['2026-01-01 12:00+02', '1999-12-31', 'infinity', NULL]::timestamptz[])[1 + (row_number() OVER ()) % 4],
    (ARRAY[1.5, -3, 'NaN', NULL]::numeric[])[1 + (row_number() OVER ()) % 4], (row_number() OVER ())::float8 / 7,
    CASE WHEN n > 0 THEN ARRAY[name, NULL, 'z'] ELSE '{}' END, n * interval '36 hours' FROM
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
  const text = `SELECT * FROM r WHERE ${where} ORDER BY id`;
  return (await database.pool.query<Row[number][]>({ text, values: [...params], rowMode: "array", types: asText }))
    .rows;
}

async function read(clause: WhereText): Promise<Where> {
  const draft = parseWhere(clause, table);
  return withConstants(draft.where, await catalog.canonical(draft.constants));
}

/** Postgres' word on the parts that only Postgres can judge. */
async function asked(where: Where): Promise<Answers> {
  const parts = sqlParts(where);
  const verdicts = await new PgJudge(database.pool).answer(parts.map((part) => ({ table, part, rows })));
  return (part, row) => {
    const verdict = verdicts[parts.indexOf(part)];
    return Array.isArray(verdict) ? verdict[rows.indexOf(row)] : undefined;
  };
}

/** Constants of each column as people write them, several ways each. */
const constants: Readonly<Record<string, readonly string[]>> = {
  id: ["7", "'7'", "'007'", "-1", "9223372036854775807", "'3'::int8", "NULL"],
  n: ["0", "1", "'1'", "' 1 '", "-2", "'-2'::integer", "NULL"],
  s: ["0", "-1", "'2'", "70000", "NULL"],
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
/** What JavaScript judges itself beyond equality. */
const ordered = fc
  .tuple(
    fc.constantFrom("id", "n", "s"),
    fc.constantFrom("<", "<=", ">", ">="),
    fc.constantFrom("0", "-1", "'1'", "3000000000", "NULL"),
  )
  .chain(([name, operator, value]) =>
    fc.constantFrom(
      `${name} ${operator} ${value}`,
      `${value} ${operator} ${name}`,
      `${name} BETWEEN -1 AND ${value}`,
      `${name} NOT BETWEEN SYMMETRIC 1 AND ${value}`,
      `${name} = ANY (ARRAY[1, ${value}])`,
      `${name} <> ALL (ARRAY[1, ${value}])`,
    ),
  );
/** What only Postgres judges, one of each kind that is taken. */
const foreign = fc.constantFrom(
  "name LIKE 'a%'",
  "name NOT ILIKE $1",
  "name < 'b'",
  "lower(name) || '!' = 'a!'",
  "at > '2026-01-01'",
  "at AT TIME ZONE 'Asia/Almaty' < timestamp '2026-01-01 15:00'",
  "at - interval '1 day' BETWEEN '1999-12-30' AND '2026-06-01'",
  "amount = 1.5",
  "amount * 2 + n >= -1.5e0",
  "ratio ^ 2 > 3 AND |/ ratio < @ n + 1",
  "tags @> ARRAY['z']::text[]",
  "tags[1] = 'a' OR tags[2:3] = '{NULL,z}'",
  "'z' = ANY (tags)",
  "n <> ALL ('{1,NULL}'::int[])",
  "tags = '{}'",
  "array_append(tags, 'q') && '{q}'",
  "coalesce(n, s, 7) = greatest(n, 7)",
  "n IS DISTINCT FROM s",
  "n & 1 = 0",
  "span > '1 day' OR justify_hours(span) IS NULL",
  "owner::text LIKE '%a'",
  "at::date::text = '1999-12-31'",
  "concat(name, code) = 'aa'",
);
const atom = fc.oneof(
  { weight: 6, arbitrary: comparison },
  { weight: 3, arbitrary: ordered },
  { weight: 4, arbitrary: foreign },
  { weight: 1, arbitrary: fc.constantFrom("flag", "true", "false", "NULL") },
);
const { clause } = fc.letrec<{ clause: string }>((tie) => ({
  clause: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    tie("clause").map((inner) => `NOT (${inner})`),
    fc
      .tuple(tie("clause"), fc.constantFrom("TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"))
      .map(([inner, value]) => `(${inner}) IS ${value}`),
    fc.tuple(tie("clause"), fc.constantFrom("AND", "OR"), tie("clause")).map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
}));

describe("a clause", () => {
  test("is judged by us as by Postgres, also when it is spelt anew, and finds its rows by its keys", async () => {
    await fc.assert(
      fc.asyncProperty(clause, async (text) => {
        const where = await read({ text, params: ["a_"] });
        const expected = (await select(text.replaceAll("$1", "'a_'"), [])).map(([id]) => id);

        const keys = indexKeys(where);
        const answers = await asked(where);
        const ours = rows.filter((row) => judge(where, row, answers) === true);

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
      `("n" IN ('1'::pg_catalog.int8)) AND ("name" IN ('a'::pg_catalog.text, 'it''s'::pg_catalog.text)) AND ("owner" IN ('00000000-0000-0000-0000-00000000000a'::pg_catalog.uuid))`,
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
