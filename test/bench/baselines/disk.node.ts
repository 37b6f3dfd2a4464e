import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A folder whose bytes are counted on their way to the disk. */
export interface CountedDisk extends AsyncDisposable {
  readonly folder: string;
  readonly countedBytes: () => Promise<number>;
}

/** What the kernel counts for this process: whole pages that it made dirty, without the file system's own journal. */
export async function processDisk(): Promise<CountedDisk> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-bench-disk-"));
  return {
    folder,
    async countedBytes() {
      const [, bytes] = /^write_bytes: (\d+)$/m.exec(await readFile("/proc/self/io", "utf8")) ?? [];
      return Number(bytes);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const imageBytes = 64 * 1_024 * 1_024;
const sectorBytes = 512;

/** An ext4 of its own on a loop device, whose sectors are counted, journal and all. Null where we may not mount one. */
export async function loopDisk(): Promise<CountedDisk | null> {
  await using undo = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "kerbside-bench-loop-"));
  undo.defer(() => rm(home, { recursive: true }));
  const [image, folder] = [join(home, "image"), join(home, "mounted")];
  try {
    await writeFile(image, new Uint8Array(imageBytes));
    await mkdir(folder);
    await run("mkfs.ext4", ["-q", "-F", "-b", "4096", image]);
    await run("mount", ["-o", "loop", image, folder]);
  } catch {
    return null;
  }
  undo.defer(async () => void (await run("umount", [folder])));
  const { stdout } = await run("findmnt", ["-n", "-o", "SOURCE", folder]);
  const stat = `/sys/block/${stdout.trim().replace("/dev/", "")}/stat`;
  const owned = undo.move();
  return {
    folder,
    async countedBytes() {
      await run("sync", ["-f", folder]);
      return Number((await readFile(stat, "utf8")).trim().split(/\s+/)[6]) * sectorBytes;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
