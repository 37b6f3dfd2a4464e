import type { Node } from "libpg-query";

/** What stands before a clause when Postgres' parser reads it. */
export const prefix = "SELECT 1 WHERE ";

export interface WhereText {
  readonly text: string;
  /** Values of `$1`, `$2` … */
  readonly params: readonly string[];
}

/** A clause that is no SQL, or says more than is taken. */
export class WhereRefused extends Error {
  /** Where in what the parser read. */
  readonly #location: number | null;

  constructor(message: string, location: number | null = null) {
    super(message);
    this.name = "WhereRefused";
    this.#location = location;
  }

  /** With its place in the text that follows the first so many characters of what the parser read. */
  saying(skipped: number): string {
    if (this.#location === null) return this.message;
    return `At location ${Math.max(0, this.#location - skipped)}: ${this.message}`;
  }
}

export function unsupported(node: Node | undefined): WhereRefused {
  const [kind, body] = Object.entries(node ?? {})[0] ?? ["nothing", {}];
  return new WhereRefused(`${kind} is not supported in this context`, locationOf(body) ?? 0);
}

export function nameOf(node: Node | undefined): string {
  return node && "String" in node ? (node.String.sval ?? "") : "";
}

function locationOf(body: unknown): number | undefined {
  const location = typeof body === "object" && body !== null && "location" in body ? body.location : undefined;
  return typeof location === "number" ? location : undefined;
}
