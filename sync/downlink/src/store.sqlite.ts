import { type MirrorKind, mirrorKinds } from "@kerbside/proto/robot/mirror";
import type { Database, Statement } from "better-sqlite3";
import type { MirrorEntry } from "./mirror.ts";
import type { MirrorWrite } from "./staging.ts";
import type { MirrorPosition, MirrorStore } from "./store.ts";

const schema = `
  create table if not exists mirror (
    kind text not null, id text not null, version integer not null, body text, primary key (kind, id)
  ) without rowid;
  create table if not exists mirror_position (one integer primary key check (one = 1), handle text not null, offset text not null);
`;

interface Row {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly body: string | null;
}

/** The mirror in two tables of a database that the caller opened, with the durability that the caller set. */
export class SqliteMirrorStore implements MirrorStore {
  readonly #readPosition: Statement<[], MirrorPosition>;
  readonly #readRows: Statement<[], Row>;
  readonly #write: (write: MirrorWrite) => void;

  constructor(db: Database) {
    db.exec(schema);
    this.#readPosition = db.prepare("select handle, offset from mirror_position");
    this.#readRows = db.prepare("select kind, id, version, body from mirror");
    const put = db.prepare("insert or replace into mirror (kind, id, version, body) values (?, ?, ?, ?)");
    const remove = db.prepare("delete from mirror where kind = ? and id = ?");
    const clear = db.prepare("delete from mirror");
    const move = db.prepare("insert or replace into mirror_position (one, handle, offset) values (1, ?, ?)");
    this.#write = db.transaction((write: MirrorWrite) => {
      if (write.type === "replace") clear.run();
      const rows = write.type === "replace" ? write.rows : write.put;
      for (const { kind, id, version, body } of rows) put.run(kind, id, version, body);
      if (write.type === "apply") for (const { kind, id } of write.remove) remove.run(kind, id);
      move.run(write.position.handle, write.position.offset);
    });
  }

  position(): MirrorPosition | null {
    return this.#readPosition.get() ?? null;
  }

  rows(): readonly MirrorEntry[] {
    return this.#readRows.all().flatMap(({ kind, ...row }) => (isKind(kind) ? [{ kind, ...row }] : []));
  }

  write(write: MirrorWrite): void {
    this.#write(write);
  }
}

function isKind(kind: string): kind is MirrorKind {
  return mirrorKinds.some((known) => known === kind);
}
