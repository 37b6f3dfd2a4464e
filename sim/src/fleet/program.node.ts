import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Children } from "./children.node.ts";

export interface ProgramOptions {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly children: Children;
  /** A word of the command line by which the process is known again. */
  readonly mark: string;
  readonly clock: Clock;
  /** Hears each line that the process writes, and how it ended where nobody had asked it to. */
  readonly onWords: (words: string) => void;
}

const file = fileURLToPath(new URL("../../../robot-agent/src/main.ts", import.meta.url));
const stopWithinMs = 5_000;
const restartAfterMs = 1_000;

/** The robot-agent as a process, begun again whenever it ends by itself, as a supervisor on a robot does. */
export class Program {
  readonly #options: ProgramOptions;
  #child: ChildProcess | null = null;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.begin();
  }

  begin(): void {
    const { flags, environment, children, mark, onWords } = this.#options;
    const child = spawn(process.execPath, [file, ...flags], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C in a terminal is for the city, which ends its robots in its own order.
      detached: true,
    });
    this.#child = child;
    children.started(child.pid, mark);
    for (const output of [child.stdout, child.stderr]) createInterface({ input: output }).on("line", onWords);
    child.once("error", ({ message }) => onWords(message));
    child.once("exit", (code, signal) => {
      children.ended(child.pid);
      if (this.#child === child) void this.#beginAgain(`ended by itself: ${signal ?? `code ${code}`}`);
    });
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    AbortSignal.timeout(stopWithinMs).addEventListener("abort", () => child.kill("SIGKILL"));
    await exit;
  }

  async #beginAgain(why: string): Promise<void> {
    const { onWords, clock } = this.#options;
    const ended = this.#child;
    onWords(why);
    await clock.sleep(restartAfterMs);
    if (this.#child === ended) this.begin();
  }
}
