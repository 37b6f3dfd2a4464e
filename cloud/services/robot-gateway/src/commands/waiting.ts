import type { Clock } from "@kerbside/proto/base/clock";
import { hasEnded } from "./command.ts";
import type { KeptCommand } from "./commands.pg.ts";

/** Between looks at the database, for a life that another worker ends. Our own worker's word comes at once. */
const lookEveryMs = 1_000;

/** Callers that wait for a command's end. */
export class CommandWaiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<(command: KeptCommand) => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be told after the commit. */
  tell(moved: readonly KeptCommand[]): void {
    for (const command of moved) {
      if (!hasEnded(command.life)) continue;
      for (const resolve of this.#waiting.get(command.commandId) ?? []) resolve(command);
    }
  }

  /** The command at its end, or as it is when the time is up or the caller has gone. Begin before the command goes out. */
  async wait(
    command: KeptCommand,
    {
      waitMs,
      signal,
      look,
    }: {
      readonly waitMs: number;
      readonly signal: AbortSignal;
      readonly look: () => Promise<KeptCommand | null>;
    },
  ): Promise<KeptCommand> {
    const told = Promise.withResolvers<KeptCommand>();
    this.#add(command.commandId, told.resolve);
    const stop = new AbortController();
    const untilMs = this.#clock.monotonic() + waitMs;
    try {
      let seen = command;
      for (;;) {
        const leftMs = untilMs - this.#clock.monotonic();
        if (hasEnded(seen.life) || leftMs <= 0 || signal.aborted) return seen;
        const pause = this.#clock.sleep(Math.min(lookEveryMs, leftMs), AbortSignal.any([stop.signal, signal]));
        const ended = await Promise.race([
          told.promise,
          pause.then(
            () => null,
            () => null,
          ),
        ]);
        seen = ended ?? (await look()) ?? seen;
      }
    } finally {
      stop.abort();
      this.#remove(command.commandId, told.resolve);
    }
  }

  #add(commandId: string, resolve: (command: KeptCommand) => void): void {
    const waiting = this.#waiting.get(commandId) ?? new Set();
    this.#waiting.set(commandId, waiting.add(resolve));
  }

  #remove(commandId: string, resolve: (command: KeptCommand) => void): void {
    const waiting = this.#waiting.get(commandId);
    waiting?.delete(resolve);
    if (waiting?.size === 0) this.#waiting.delete(commandId);
  }
}
