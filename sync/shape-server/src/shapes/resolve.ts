import type { PgCatalog } from "../catalog/catalog.pg.ts";
import { parseColumnNames, parseTableName, quoteTable, type TableName } from "../catalog/names.ts";
import { agrees, hasPrimaryKey, isSameTable, type Table } from "../catalog/table.ts";
import type { Relation } from "../replication/pgoutput.ts";
import { parseWhere, withConstants } from "../where/parse.ts";
import { prefix, WhereRefused } from "../where/refused.ts";
import { whereSql } from "../where/sql.ts";
import { sqlParts, type Where } from "../where/where.ts";
import type { ShapeDefinition } from "./definition.ts";
import type { Judge } from "./judge.pg.ts";

/** A request that can never be answered; the field and what is wrong with it. */
export class InvalidRequest extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = "InvalidRequest";
    this.field = field;
  }
}

/** A definition as the request writes it. */
export interface RequestedDefinition {
  readonly table: string;
  readonly where: string | null;
  readonly params: readonly string[];
  readonly columns: string | null;
  readonly replica: "default" | "full";
  readonly log: "full" | "changes_only";
}

const cachedMax = 20_000;
const tablesMax = 1_000;

/** Finds what a request means, and remembers it: a shape is asked for many times. */
export class Resolver {
  readonly #catalog: PgCatalog;
  readonly #judge: Judge;
  readonly #cache = new Map<string, ShapeDefinition>();
  /** Tables by the text that names them: ten thousand shapes of one table share its description. */
  readonly #tables = new Map<string, Table>();
  readonly #describing = new Map<string, Promise<Table>>();

  constructor(catalog: PgCatalog, judge: Judge) {
    this.#catalog = catalog;
    this.#judge = judge;
  }

  async resolve(requested: RequestedDefinition): Promise<ShapeDefinition> {
    const key = JSON.stringify(requested);
    const known = this.#cache.get(key);
    if (known) return known;
    const definition = await this.#read(requested);
    if (this.#cache.size >= cachedMax) this.#cache.clear();
    this.#cache.set(key, definition);
    return definition;
  }

  /** The stream describes a table: whatever was resolved against another form of it is forgotten. */
  compare(relation: Relation): void {
    this.#forget((table) => table.oid === relation.oid && !agrees(table, relation));
  }

  /** Whatever was resolved against this table has to be read again. */
  forgetTable(oid: number): void {
    this.#forget((table) => table.oid === oid);
  }

  /** The catalog describes every table that we know of. */
  keepOnly(tables: ReadonlyMap<number, Table>): void {
    this.#forget((table) => {
      const now = tables.get(table.oid);
      return !now || !isSameTable(now, table);
    });
  }

  forgetAll(): void {
    this.#cache.clear();
    this.#tables.clear();
  }

  tables(): ReadonlySet<number> {
    return new Set([...this.#tables.values()].map(({ oid }) => oid));
  }

  #forget(isStale: (table: Table) => boolean): void {
    const stale = [...this.#tables].filter(([, table]) => isStale(table));
    for (const [text] of stale) this.#tables.delete(text);
    if (stale.length === 0) return;
    for (const [key, { table }] of this.#cache) if (isStale(table)) this.#cache.delete(key);
  }

  async #read(requested: RequestedDefinition): Promise<ShapeDefinition> {
    const table = await this.#table(requested.table);
    const columns =
      requested.columns === null ? table.columns.map((_, index) => index) : select(table, requested.columns);
    return {
      table,
      where: requested.where === null ? null : await this.#where(requested.where, requested.params, table),
      columns,
      isSelection: requested.columns !== null,
      replica: requested.replica,
      log: requested.log,
    };
  }

  async #table(text: string): Promise<Table> {
    const known = this.#tables.get(text);
    if (known) return known;
    // After a restart thousands ask at once; the catalog is asked once.
    const asked = this.#describing.get(text) ?? this.#describe(text).finally(() => this.#describing.delete(text));
    this.#describing.set(text, asked);
    const table = await asked;
    if (this.#tables.size >= tablesMax) this.forgetAll();
    this.#tables.set(text, table);
    return table;
  }

  async #describe(text: string): Promise<Table> {
    const name = parseTableName(text);
    if (!name) throw new InvalidRequest("table", "invalid table name: quote each part, or use letters, digits and _");
    const table = await this.#catalog.table(name);
    if (!table) throw new InvalidRequest("table", missing(name));
    if (!table.isPublished) throw new InvalidRequest("table", `Table ${quoteTable(name)} is not in the publication`);
    if (!table.hasFullIdentity) {
      throw new InvalidRequest("table", `Table ${quoteTable(name)} does not have REPLICA IDENTITY FULL`);
    }
    return table;
  }

  async #where(text: string, params: readonly string[], table: Table): Promise<Where> {
    try {
      const draft = parseWhere({ text, params }, table);
      const where = withConstants(draft.where, await this.#catalog.canonical(draft.constants));
      await this.#checkParts(where, table);
      return where;
    } catch (problem) {
      if (problem instanceof WhereRefused) throw new InvalidRequest("where", problem.saying(prefix.length));
      if (isRefusal(problem)) throw new InvalidRequest("where", problem.message);
      throw problem;
    }
  }

  /** Whether Postgres will judge rows of this table by the parts that are its own to judge. */
  async #checkParts(where: Where, table: Table): Promise<void> {
    const parts = sqlParts(where);
    if (parts.length === 0) return;
    await this.#catalog.check(table, whereSql(where, table));
    const verdicts = await this.#judge.answer(parts.map((part) => ({ table, part, rows: [] })));
    const refusal = verdicts.find((verdict) => verdict instanceof Error);
    if (refusal) throw new InvalidRequest("where", refusal.message);
  }
}

function missing(name: TableName): string {
  return `Table ${quoteTable(name)} does not exist. If the table name contains capitals or special characters you must quote it.`;
}

function select(table: Table, text: string): readonly number[] {
  const names = parseColumnNames(text);
  if (!names) throw new InvalidRequest("columns", "Invalid column list: quote each name, separate by commas");
  const unknown = names.filter((name) => !table.columns.some((column) => column.name === name));
  if (unknown.length > 0) {
    throw new InvalidRequest("columns", `The following columns could not be found: ${unknown.join(", ")}`);
  }
  const absent = table.columns.filter(({ keyIndex, name }) => keyIndex !== null && !names.includes(name));
  if (hasPrimaryKey(table) && absent.length > 0) {
    const list = absent.map(({ name }) => name).join(", ");
    throw new InvalidRequest("columns", `The list of columns must include all primary key columns, missing: ${list}`);
  }
  return table.columns.flatMap(({ name }, index) => (names.includes(name) ? [index] : []));
}

/** SQLSTATE class 22: a text is no value of its type; 42: an operator does not take these types. */
export function isRefusal(problem: unknown): problem is Error {
  return problem instanceof Error && "code" in problem && /^(22|42)/.test(String(problem.code));
}
