import type { Pool, PoolClient } from "pg";

/** Of one connection. A kept plan costs the server some ten kilobytes. */
const preparedMax = 100;
/** Texts that are counted before one of them is worth preparing. */
const countedMax = 1_000;
/** Lists of changing length make texts of their own; those are not worth keeping. */
const textMax = 4_000;

/**
 * Parsing and planning take longer than most of our statements do, so what a connection is asked a second time is
 * prepared and kept. When a migration changes what such a statement answers, Postgres refuses it once; the next time it
 * is prepared anew.
 */
export function prepareStatements(pool: Pool): void {
  pool.on("connect", (client) => keepStatements(client));
}

function keepStatements(client: PoolClient): void {
  const kept = new Statements();
  const query: unknown = Reflect.get(client, "query");
  if (typeof query !== "function") throw new Error("a connection of pg has no query()");
  const prepared = (asked: unknown, ...more: readonly unknown[]): unknown => {
    const statement = kept.statement(asked, more[0]);
    const answer: unknown = Reflect.apply(query, client, [statement, ...more]);
    if (statement !== asked && answer instanceof Promise) {
      answer.catch((problem: unknown) => isOutdated(problem) && kept.forget(asked));
    }
    return answer;
  };
  Object.assign(client, { query: prepared });
}

class Statements {
  readonly #seen = new Set<string>();
  readonly #names = new Map<string, string>();
  #made = 0;

  /** The statement with the name that it is prepared under, where it is. */
  statement(asked: unknown, values: unknown): unknown {
    const text = textOf(asked);
    if (text === null || !Array.isArray(values) || values.length === 0) return asked;
    const name = this.#names.get(text) ?? this.#nameFor(text);
    return name === null ? asked : { ...(typeof asked === "object" && asked), text, name };
  }

  forget(asked: unknown): void {
    this.#names.delete(textOf(asked) ?? "");
  }

  #nameFor(text: string): string | null {
    if (!this.#seen.has(text)) {
      if (this.#seen.size < countedMax) this.#seen.add(text);
      return null;
    }
    if (this.#names.size >= preparedMax) return null;
    this.#made += 1;
    const name = `kept_${this.#made}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Null for what has a name already, or is no text. */
function textOf(asked: unknown): string | null {
  const text = typeof asked === "object" && asked !== null && "text" in asked ? asked.text : asked;
  const isNamed = typeof asked === "object" && asked !== null && "name" in asked && asked.name !== undefined;
  return typeof text === "string" && text.length <= textMax && !isNamed ? text : null;
}

/** Its plan answers other columns by now, or the connection behind a pooler is another one. */
function isOutdated(problem: unknown): boolean {
  return problem instanceof Error && "code" in problem && (problem.code === "0A000" || problem.code === "26000");
}
