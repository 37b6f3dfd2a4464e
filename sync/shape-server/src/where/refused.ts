import type { Node } from "libpg-query";

/** What stands before a clause when Postgres' parser reads it. */
export const prefix = "SELECT 1 WHERE ";

export interface WhereText {
  readonly text: string;
  /** Values of `$1`, `$2` … */
  readonly params: readonly string[];
}

/** A clause that is no SQL, or says more than is taken. The message names the place in the clause. */
export class WhereRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WhereRefused";
  }
}

export function unsupported(node: Node | undefined): WhereRefused {
  const [kind, body] = Object.entries(node ?? {})[0] ?? ["nothing", {}];
  return new WhereRefused(`At location ${placeOf(locationOf(body))}: ${kind} is not supported in this context`);
}

/** Where in the clause, from 0. */
export function placeOf(location: number | undefined): number {
  return Math.max(0, (location ?? 0) - prefix.length);
}

export function nameOf(node: Node | undefined): string {
  return node && "String" in node ? (node.String.sval ?? "") : "";
}

function locationOf(body: unknown): number | undefined {
  const location = typeof body === "object" && body !== null && "location" in body ? body.location : undefined;
  return typeof location === "number" ? location : undefined;
}
