import { join } from "node:path";
import type { Fact } from "@kerbside/proto/robot/journal";
import { Mission } from "@kerbside/proto/robot/mission";
import { operationalStates } from "@kerbside/proto/states/robot";
import { controlModeStates } from "@kerbside/proto/states/robot-motion";
import { SqliteMirrorStore } from "@kerbside/sync/downlink";
import type { Database, Statement } from "better-sqlite3";
import * as z from "zod";
import type { Work } from "../core/mission.ts";
import type { RobotState } from "../core/robot-state.ts";
import { type DatedFact, EntryLog } from "./entry-log.sqlite.ts";
import { openChecked, openOrMoveAside } from "./open.sqlite.ts";

const schema = "create table if not exists record (key text primary key, value text not null) without rowid";

const WorkRecord: z.ZodType<Work> = z.object({
  run: z.discriminatedUnion("at", [
    z.object({ at: z.literal("none") }),
    z.object({ at: z.literal("driving"), mission: Mission, stopIndex: z.int() }),
    z.object({ at: z.literal("at_stop"), mission: Mission, stopIndex: z.int(), arrivedAtMs: z.number() }),
  ]),
  endedMissions: z.array(z.string()),
});
const RobotRecord: z.ZodType<RobotState> = z.object({
  operational: z.enum(operationalStates),
  control: z.enum(controlModeStates),
});

export interface WorkCommit {
  readonly work: Work;
  readonly robot: RobotState;
  readonly eventMs: number;
  readonly floorMs: number;
  /** The journal's head at this commit: how much of P0 this state has seen. */
  readonly appliedP0Seq: number;
}

/**
 * The P1 file: mission and robot state with their events, and the mirror. It follows P0 by looking at P0's records (who
 * holds the goods), not by replaying its entries, so a commit that a crash left out is made up for by the next step.
 */
export class WorkStore implements Disposable {
  /** Where an unreadable file was put; the mirror and the mission are then learned anew. */
  readonly movedTo: string | null;
  readonly mirror: SqliteMirrorStore;
  readonly entries: EntryLog;
  readonly #db: Database;
  readonly #put: Statement<[string, string]>;
  readonly #get: Statement<[string], { readonly value: string }>;
  readonly #commit: (work: () => () => void) => () => void;
  #saved: { readonly work: Work | null; readonly robot: RobotState | null };
  /** Facts whose writing failed; they go with the next commit. */
  #owed: readonly DatedFact[] = [];

  constructor(options: { readonly dataDir: string; readonly nowMs: number; readonly newEpoch: () => number }) {
    const file = join(options.dataDir, "p1.sqlite");
    const { opened, movedTo } = openOrMoveAside(file, options.nowMs, () => openChecked(file, schema));
    this.#db = opened;
    this.movedTo = movedTo;
    this.mirror = new SqliteMirrorStore(this.#db);
    this.entries = new EntryLog(this.#db, { stream: "p1", newEpoch: options.newEpoch, isChained: false });
    this.#put = this.#db.prepare("insert or replace into record (key, value) values (?, ?)");
    this.#get = this.#db.prepare("select value from record where key = ?");
    this.#commit = this.#db.transaction((work: () => () => void) => work());
    this.#saved = { work: this.#read("work", WorkRecord), robot: this.#read("robot", RobotRecord) };
  }

  get work(): Work | null {
    return this.#saved.work;
  }

  get robot(): RobotState | null {
    return this.#saved.robot;
  }

  get floorMs(): number {
    return this.#read("floor", z.number()) ?? 0;
  }

  get appliedP0Seq(): number {
    return this.#read("applied_p0_seq", z.int()) ?? 0;
  }

  /** Writes facts and what changed. When the disk will not have it, the facts are owed and the next call tries again. */
  commit(facts: readonly Fact[], state: WorkCommit): void {
    this.#owed = [...this.#owed, ...facts.map((fact) => ({ fact, eventMs: state.eventMs }))];
    const { work, robot } = this.#saved;
    if (this.#owed.length === 0 && work === state.work && isSameState(robot, state.robot)) return;
    this.#commit(() => {
      if (work !== state.work) this.#put.run("work", JSON.stringify(state.work));
      if (!isSameState(robot, state.robot)) this.#put.run("robot", JSON.stringify(state.robot));
      this.#put.run("floor", String(Math.round(state.floorMs)));
      this.#put.run("applied_p0_seq", String(state.appliedP0Seq));
      return this.entries.append(this.#owed);
    })();
    this.#saved = { work: state.work, robot: state.robot };
    this.#owed = [];
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #read<T>(key: string, record: z.ZodType<T>): T | null {
    const row = this.#get.get(key);
    return row ? record.parse(JSON.parse(row.value)) : null;
  }
}

function isSameState(a: RobotState | null, b: RobotState): boolean {
  return a?.operational === b.operational && a.control === b.control;
}
