import type { Lsn } from "./lsn.ts";

/** Column texts in the relation's order: null for NULL, undefined for a TOASTed value that did not change. */
export type Tuple = readonly (string | null | undefined)[];

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly RelationColumn[];
}

/** What pgoutput, protocol version 1, says. PostgreSQL manual, "Logical Replication Message Formats". */
export type PgOutput =
  | { readonly kind: "begin"; readonly commitLsn: Lsn; readonly xid: number }
  | { readonly kind: "commit"; readonly commitLsn: Lsn; readonly endLsn: Lsn }
  | { readonly kind: "relation"; readonly relation: Relation }
  | { readonly kind: "insert"; readonly oid: number; readonly new: Tuple }
  /** `old` is null where the table does not have REPLICA IDENTITY FULL. */
  | { readonly kind: "update"; readonly oid: number; readonly old: Tuple | null; readonly new: Tuple }
  | { readonly kind: "delete"; readonly oid: number; readonly old: Tuple | null }
  | { readonly kind: "truncate"; readonly oids: readonly number[] }
  /** What somebody wrote into the WAL for whoever reads it. */
  | { readonly kind: "message"; readonly prefix: string }
  /** A change of a table nobody follows: it counts, its values do not matter. */
  | { readonly kind: "unwatched" }
  | { readonly kind: "other" };

/** Reads one message. Tuples are decoded only for the tables that `isWatched`. */
export function parsePgOutput(payload: Buffer, isWatched: (oid: number) => boolean): PgOutput {
  const reader = new Reader(payload);
  const letter = String.fromCharCode(reader.byte());
  switch (letter) {
    case "B":
      return { kind: "begin", commitLsn: reader.uint64(), xid: reader.skip(8).uint32() };
    case "C":
      return { kind: "commit", commitLsn: reader.skip(1).uint64(), endLsn: reader.uint64() };
    case "R":
      return { kind: "relation", relation: relation(reader) };
    case "I":
    case "U":
    case "D": {
      const oid = reader.uint32();
      return isWatched(oid) ? change(letter, oid, reader) : { kind: "unwatched" };
    }
    case "T":
      return { kind: "truncate", oids: truncated(reader) };
    case "M":
      return { kind: "message", prefix: reader.skip(9).text() };
    default:
      return { kind: "other" };
  }
}

function change(letter: "I" | "U" | "D", oid: number, reader: Reader): PgOutput {
  const first = String.fromCharCode(reader.byte());
  if (letter === "I") return { kind: "insert", oid, new: tuple(reader) };
  if (letter === "D") return { kind: "delete", oid, old: first === "O" ? tuple(reader) : null };
  if (first === "N") return { kind: "update", oid, old: null, new: tuple(reader) };
  const old = tuple(reader);
  return { kind: "update", oid, old: first === "O" ? old : null, new: tuple(reader.skip(1)) };
}

function relation(reader: Reader): Relation {
  const oid = reader.uint32();
  const schema = reader.text();
  const name = reader.text();
  const count = reader.skip(1).uint16();
  const columns = Array.from({ length: count }, () => {
    const columnName = reader.skip(1).text();
    return { name: columnName, typeOid: reader.uint32(), typmod: reader.int32() };
  });
  return { oid, schema: schema || "pg_catalog", name, columns };
}

function truncated(reader: Reader): number[] {
  const count = reader.uint32();
  reader.skip(1);
  return Array.from({ length: count }, () => reader.uint32());
}

function tuple(reader: Reader): Tuple {
  const count = reader.uint16();
  const values: (string | null | undefined)[] = [];
  for (let index = 0; index < count; index += 1) values.push(value(reader));
  return values;
}

function value(reader: Reader): string | null | undefined {
  const letter = reader.byte();
  if (letter === 0x74) return reader.sized();
  if (letter === 0x6e) return null;
  if (letter === 0x75) return undefined;
  throw new Error(`pgoutput sent a value of kind ${letter}, which nobody asked for`);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): this {
    this.#at += bytes;
    return this;
  }

  byte(): number {
    this.#at += 1;
    return this.#bytes.readUInt8(this.#at - 1);
  }

  uint16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  uint64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64BE(this.#at - 8);
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** A text that begins with its length. */
  sized(): string {
    const length = this.uint32();
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }
}
