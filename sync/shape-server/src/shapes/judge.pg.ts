import { DatabaseError, type Pool } from "pg";
import { asText } from "../catalog/catalog.pg.ts";
import { quoteName } from "../catalog/names.ts";
import type { Table } from "../catalog/table.ts";
import type { Row, SqlPart } from "../where/where.ts";

/** A part of a where clause, and rows that it has to be judged for. */
export interface Question {
  readonly table: Table;
  readonly part: SqlPart;
  readonly rows: readonly Row[];
}

/** Answers in the order of the rows, or why Postgres has none: a division by zero, a type that may not be used. */
export type Verdict = readonly (boolean | null)[] | Error;

export interface Judge {
  /** Rejects when Postgres cannot be asked. */
  answer(questions: readonly Question[]): Promise<readonly Verdict[]>;
}

/** Has Postgres judge what only Postgres can. The clauses are immutable: it does not matter when they are asked. */
export class PgJudge implements Judge {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  answer(questions: readonly Question[]): Promise<readonly Verdict[]> {
    return Promise.all(questions.map((question) => this.#ask(question)));
  }

  async #ask({ table, part, rows }: Question): Promise<Verdict> {
    try {
      const { rows: answers } = await this.#pool.query<[string | null]>({
        text: statement(table, part),
        values: [
          rows.map((_, index) => index),
          ...part.columns.map((column) => rows.map((row) => row[column] ?? null)),
        ],
        rowMode: "array",
        types: asText,
      });
      return answers.map(([answer]) => (answer === null ? null : answer === "t"));
    } catch (problem) {
      if (isRefused(problem)) return problem;
      throw problem;
    }
  }
}

/** Each row's texts become values of the columns' types again. */
function statement(table: Table, { sql, columns }: SqlPart): string {
  const texts = columns.map((_, index) => `, $${index + 2}::text[]`).join("");
  const names = columns.map((_, index) => `, c${index}`).join("");
  const values = columns.map((column, index) => {
    const { name = "", sqlType = "text" } = table.columns[column] ?? {};
    return `, c${index}::${sqlType} AS ${quoteName(name)}`;
  });
  const rows = `unnest($1::int[]${texts}) AS given (n${names})`;
  return `SELECT (${sql})::bool FROM (SELECT n AS "#"${values.join("")} FROM ${rows}) r ORDER BY "#"`;
}

/** Classes of SQLSTATE that say nothing of the question: connection, rollback, resources, locks, operators, system. */
const elsewhere = new Set(["08", "40", "53", "55", "57", "58"]);

/** Postgres has heard the question and will say no however often it is asked. */
function isRefused(problem: unknown): problem is Error {
  return problem instanceof DatabaseError && !elsewhere.has(problem.code?.slice(0, 2) ?? "");
}

/** SQLSTATE class 22. */
export function isDataError(problem: unknown): problem is Error {
  return problem instanceof Error && "code" in problem && String(problem.code).startsWith("22");
}
