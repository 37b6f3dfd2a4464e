import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temp folder of its own for each suite, so that what a test forgets to remove is seen, and does not stay. */
export class TempFolders implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<TempFolders> {
    const folder = await mkdtemp(join(tmpdir(), "kerbside-check-"));
    await openToAll(folder);
    return new TempFolders(folder);
  }

  /** Makes one. */
  async folder(name: string): Promise<string> {
    const folder = join(this.#folder, name);
    await mkdir(folder, { recursive: true });
    await openToAll(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What lies in a suite's temp folder after it. */
export function leftIn(folder: string): Promise<readonly string[]> {
  return readdir(folder);
}

/** PostgreSQL runs as nobody where we are root, and has to reach what is below. */
function openToAll(folder: string): Promise<void> {
  return chmod(folder, 0o755);
}
