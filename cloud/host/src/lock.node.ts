import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "./reason.ts";

/** Somebody else runs on the same data. */
export class AlreadyRunning extends Error {
  constructor(dataDir: string, pid: number) {
    super(`another Kerbside (process ${pid}) runs on ${dataDir}: stop it, or choose another folder with KERBSIDE_DATA`);
    this.name = "AlreadyRunning";
  }
}

/** A folder that is ours until we let go. */
export interface HeldFolder extends AsyncDisposable {
  /** Leaves word where this process answers. */
  announce(url: string): Promise<void>;
}

/** Holds the data folder for this process. A holder that died without letting go is passed over. */
export async function holdFolder(dataDir: string): Promise<HeldFolder> {
  const file = fileIn(dataDir);
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw new Error(`KERBSIDE_DATA: ${dataDir} cannot be made (${reasonOf(cause)})`, { cause });
  });
  for (;;) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: "wx" });
      return {
        announce: (url) => replace(file, `${process.pid}\n${url}\n`),
        [Symbol.asyncDispose]: () => rm(file, { force: true }),
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
        throw new Error(`KERBSIDE_DATA: ${dataDir} cannot be written (${reasonOf(error)})`, { cause: error });
      }
      const holder = await holderOf(dataDir);
      if (holder !== null) throw new AlreadyRunning(dataDir, holder);
      await rm(file, { force: true });
    }
  }
}

/** Others read it meanwhile, and an empty file has no holder. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** The process that holds the data folder; null where nobody alive does. */
export async function holderOf(dataDir: string): Promise<number | null> {
  const [holder] = await linesOf(dataDir);
  const pid = Number(holder);
  return pid && (await isKerbside(pid)) ? pid : null;
}

/** Where the holder of the data folder answers; null while it starts. */
export async function urlOfHolder(dataDir: string): Promise<string | null> {
  const [, url] = await linesOf(dataDir);
  return url || null;
}

async function linesOf(dataDir: string): Promise<readonly string[]> {
  return (await readFile(fileIn(dataDir), "utf8").catch(() => "")).split("\n");
}

function fileIn(dataDir: string): string {
  return join(dataDir, "host.pid");
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
