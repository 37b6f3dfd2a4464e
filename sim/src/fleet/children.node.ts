import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Clock } from "@kerbside/proto/base/clock";
import * as z from "zod";

/** A program that was started here, and a word of its command line by which it is known again. */
const Child = z.object({ pid: z.int().positive(), mark: z.string().min(1) });
type Child = z.infer<typeof Child>;

/** The programs of one robot, written down, so that those of a city that was killed do not live on beside the next one's. */
export class Children implements Disposable {
  readonly #file: string;
  readonly #atExit = (): void => this.#killAll();
  #running: readonly Child[] = [];

  private constructor(file: string) {
    this.#file = file;
    process.once("exit", this.#atExit);
  }

  static async open(file: string, clock: Clock): Promise<Children> {
    for (const child of readChildren(file)) await endLeftover(child, clock);
    return new Children(file);
  }

  started(pid: number | undefined, mark: string): void {
    if (pid === undefined) return;
    this.#running = [...this.#running, { pid, mark }];
    writeFileSync(this.#file, JSON.stringify(this.#running), { mode: 0o600 });
  }

  ended(pid: number | undefined): void {
    this.#running = this.#running.filter((child) => child.pid !== pid);
    writeFileSync(this.#file, JSON.stringify(this.#running), { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    process.removeListener("exit", this.#atExit);
    rmSync(this.#file, { force: true });
  }

  /** For an end that waits for nothing, such as the second Ctrl-C. */
  #killAll(): void {
    for (const { pid } of this.#running) kill(pid, "SIGKILL");
  }
}

const leftoverPatienceMs = 5_000;
const lookEveryMs = 50;

async function endLeftover(child: Child, clock: Clock): Promise<void> {
  const untilMs = clock.monotonic() + leftoverPatienceMs;
  for (let isAsked = false; isStillOurs(child); isAsked = true) {
    if (!isAsked) kill(child.pid, "SIGTERM");
    if (clock.monotonic() > untilMs) kill(child.pid, "SIGKILL");
    await clock.sleep(lookEveryMs);
  }
}

/** The number may have gone to another program since. Where command lines cannot be read, nobody is touched. */
function isStillOurs({ pid, mark }: Child): boolean {
  const commandLine = `/proc/${pid}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, "utf8").includes(mark);
}

function readChildren(file: string): readonly Child[] {
  if (!existsSync(file)) return [];
  const parsed = z.array(Child).safeParse(JSON.parse(readFileSync(file, "utf8")));
  return parsed.success ? parsed.data : [];
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
