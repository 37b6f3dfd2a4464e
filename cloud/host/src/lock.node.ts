import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Somebody else runs on the same data. */
export class AlreadyRunning extends Error {
  constructor(dataDir: string, pid: number) {
    super(`another Kerbside (process ${pid}) runs on ${dataDir}: stop it, or choose another folder with KERBSIDE_DATA`);
    this.name = "AlreadyRunning";
  }
}

/** Holds the data folder for this process. A holder that died without letting go is passed over. */
export async function holdFolder(dataDir: string): Promise<AsyncDisposable> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, "host.pid");
  for (;;) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: "wx" });
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = await holderOf(dataDir);
      if (holder !== null) throw new AlreadyRunning(dataDir, holder);
      await rm(file, { force: true });
    }
  }
}

/** The process that holds the data folder; null where nobody alive does. */
export async function holderOf(dataDir: string): Promise<number | null> {
  const holder = Number(await readFile(join(dataDir, "host.pid"), "utf8").catch(() => ""));
  return holder && (await isKerbside(holder)) ? holder : null;
}

/** The number may have gone to another program since; where we cannot look, we believe it. */
async function isKerbside(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "node");
  return command.includes("node");
}
