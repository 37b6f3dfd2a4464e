import { type MirrorEntry, mirrorKey } from "./mirror.ts";
import type { MirrorWrite } from "./staging.ts";
import type { MirrorPosition, MirrorStore } from "./store.ts";

/** For tests and for worlds without a disk. */
export class MemoryMirrorStore implements MirrorStore {
  #rows = new Map<string, MirrorEntry>();
  #position: MirrorPosition | null = null;

  position(): MirrorPosition | null {
    return this.#position;
  }

  rows(): readonly MirrorEntry[] {
    return [...this.#rows.values()];
  }

  write(write: MirrorWrite): void {
    if (write.type === "replace") this.#rows = new Map(write.rows.map((row) => [mirrorKey(row), row]));
    else {
      for (const row of write.put) this.#rows.set(mirrorKey(row), row);
      for (const row of write.remove) this.#rows.delete(mirrorKey(row));
    }
    this.#position = write.position;
  }
}
