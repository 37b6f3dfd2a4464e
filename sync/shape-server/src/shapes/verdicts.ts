import type { Answers, Row, SqlPart } from "../where/where.ts";
import { sqlParts } from "../where/where.ts";
import type { Judge, Question } from "./judge.pg.ts";
import type { Shape } from "./shape.ts";

/** Rows of a shape that wait for judgement. */
export type OpenRows = readonly [Shape, readonly Row[]];

/** What Postgres said of rows. Shapes with a row that it cannot judge are named apart. */
export class Verdicts {
  readonly failures = new Map<Shape, Error>();
  readonly #byPart = new Map<SqlPart, Map<Row, boolean | null>>();

  private constructor() {}

  /** Rejects when Postgres cannot be asked. */
  static async ask(judge: Judge, open: readonly OpenRows[]): Promise<Verdicts> {
    const verdicts = new Verdicts();
    const asked = open.flatMap(([shape, rows]) => questionsOf(shape, rows).map((question) => ({ shape, question })));
    const answers = await judge.answer(asked.map(({ question }) => question));
    for (const [index, { shape, question }] of asked.entries()) {
      const answer = answers[index] ?? [];
      if (answer instanceof Error) verdicts.failures.set(shape, answer);
      else verdicts.#remember(question, answer);
    }
    return verdicts;
  }

  readonly answers: Answers = (part, row) => this.#byPart.get(part)?.get(row);

  #remember({ part, rows }: Question, answers: readonly (boolean | null)[]): void {
    const known = this.#byPart.get(part) ?? new Map<Row, boolean | null>();
    this.#byPart.set(part, known);
    for (const [index, row] of rows.entries()) known.set(row, answers[index] ?? null);
  }
}

function questionsOf({ definition: { table, where } }: Shape, rows: readonly Row[]): readonly Question[] {
  return (where ? sqlParts(where) : []).map((part) => ({ table, part, rows }));
}
