import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two serial devices joined by a cable that can be pulled, by socat. */
export interface PtyPair extends AsyncDisposable {
  /** Stable paths: after `plug` the same ones lead to the new pair. */
  readonly hostPath: string;
  readonly devicePath: string;
  /** The process that joins them. */
  readonly pid: number | undefined;
  /** Both devices vanish. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  /** The cable is there and carries nothing, until thawed. */
  freeze(): void;
  thaw(): void;
}

/**
 * Whether serial tests can run here: socat makes the ports. Prints why not.
 * In CI a missing socat is an error, so that a suite is never skipped unseen.
 */
export function hasPty(): boolean {
  const isThere = spawnSync("socat", ["-V"], { stdio: "ignore" }).status === 0;
  if (isThere) return true;
  if (process.env["CI"] === "true") throw new Error("socat is not installed: CI runs the serial suites on its ptys");
  console.warn("skipped: serial suites need socat for their ptys (Debian: apt-get install socat)");
  return false;
}

export async function openPtyPair(): Promise<PtyPair> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-pty-"));
  const hostPath = join(folder, "host");
  const devicePath = join(folder, "device");
  let socat = await connect(hostPath, devicePath);
  const unplug = async (): Promise<void> => {
    if (socat.exitCode !== null || socat.signalCode !== null) return;
    const exit = once(socat, "exit");
    socat.kill("SIGCONT");
    socat.kill("SIGTERM");
    await exit;
  };
  return {
    hostPath,
    devicePath,
    get pid() {
      return socat.pid;
    },
    unplug,
    async plug() {
      await unplug();
      socat = await connect(hostPath, devicePath);
    },
    freeze: () => void socat.kill("SIGSTOP"),
    thaw: () => void socat.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await unplug();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts socat and answers once it says that data flows. */
async function connect(hostPath: string, devicePath: string): Promise<ChildProcess> {
  const end = (path: string): string => `pty,rawer,link=${path}`;
  const addresses = [end(hostPath), end(devicePath)];
  // A group of its own: Ctrl-C in a terminal is for whoever opened the pair, and the cable goes after those who use it.
  const socat = spawn("socat", ["-d", "-d", ...addresses], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    socat.once("error", reject);
    socat.once("exit", () => reject(new Error(`socat ended: ${said}`)));
    socat.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_096);
      if (said.includes("starting data transfer loop")) resolve();
    });
  });
  return socat;
}
