import { mkdirSync } from "node:fs";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Stream } from "@kerbside/proto/robot/topics";
import { gapText, type Outbox } from "@kerbside/sync/uplink";
import type { RobotKey } from "../identity.node.ts";
import { Epochs } from "./epochs.node.ts";
import { Journal } from "./journal.sqlite.ts";
import { TelemetryStore } from "./telemetry.sqlite.ts";
import { WorkStore } from "./work.sqlite.ts";

export interface StoresOptions {
  readonly robotId: string;
  readonly dataDir: string;
  readonly key: RobotKey;
  readonly clock: Clock;
  readonly journalBytesMax?: number;
}

interface EpochOutbox extends Outbox {
  beginEpoch(epoch: number): void;
}

/** The robot's three files and the epochs of their streams. */
export class Stores implements Disposable {
  readonly journal: Journal;
  readonly work: WorkStore;
  readonly telemetry: TelemetryStore;
  readonly #epochs: Epochs;

  constructor({ robotId, dataDir, key, clock, journalBytesMax }: StoresOptions) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.#epochs = new Epochs(dataDir, () => clock.now());
    const parts = { dataDir, nowMs: clock.now(), newEpoch: () => this.#epochs.next() };
    using opened = new DisposableStack();
    this.journal = opened.use(
      new Journal({
        ...parts,
        ...(journalBytesMax !== undefined && { bytesMax: journalBytesMax }),
        sign: (gap, epoch) => key.sign(gapText(robotId, epoch, "p0", gap)),
      }),
    );
    this.work = opened.use(new WorkStore(parts));
    this.telemetry = new TelemetryStore({
      ...parts,
      signGap: (gap, epoch) => key.sign(gapText(robotId, epoch, "p2", gap)),
    });
    opened.move();
  }

  get outboxes(): readonly Outbox[] {
    return [this.journal.entries, this.work.entries, this.telemetry];
  }

  /** What was acknowledged and is not on this disk was lost by it: the stream begins anew. Answers its new epoch. */
  beginEpoch(stream: Stream): number {
    const epoch = this.#epochs.next();
    const outboxes: Readonly<Record<Stream, EpochOutbox>> = {
      p0: this.journal.entries,
      p1: this.work.entries,
      p2: this.telemetry,
    };
    outboxes[stream].beginEpoch(epoch);
    return epoch;
  }

  [Symbol.dispose](): void {
    this.telemetry[Symbol.dispose]();
    this.work[Symbol.dispose]();
    this.journal[Symbol.dispose]();
  }
}
