import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * Gives epochs that only grow, whatever the wall clock says: the last one given is remembered beside the journals, so
 * that a robot whose journal was lost while its clock stood in 1970 is still believed.
 */
export class Epochs {
  readonly #file: string;
  readonly #nowMs: () => number;

  constructor(dataDir: string, nowMs: () => number) {
    this.#file = join(dataDir, "epoch");
    this.#nowMs = nowMs;
  }

  next(): number {
    const epoch = Math.max(1, Math.floor(this.#nowMs()), this.#last() + 1);
    const draft = `${this.#file}.new`;
    const descriptor = openSync(draft, "w", 0o600);
    writeSync(descriptor, `${epoch}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(draft, this.#file);
    return epoch;
  }

  #last(): number {
    if (!existsSync(this.#file)) return 0;
    const last = Number(readFileSync(this.#file, "utf8").trim());
    return Number.isSafeInteger(last) ? last : 0;
  }
}
