import type { Clock } from "@kerbside/proto/base/clock";
import { parseJournalEntry } from "@kerbside/proto/robot/journal";
import { advance, evidenceOf, hasEnded } from "./command.ts";
import type { KeptCommand } from "./commands.pg.ts";

/** Between looks at the database, for a life that another worker ends. Our own worker's word comes at once. */
const lookEveryMs = 1_000;

export interface Wait {
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** The command as it is kept by now. */
  readonly look: () => Promise<KeptCommand | null>;
}

/** One caller, and the command as far as it has heard. */
interface Waiting {
  command: KeptCommand;
  readonly end: (command: KeptCommand) => void;
}

/** Callers that wait for a command's end. */
export class CommandWaiters {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What just came from a robot. Its journal holds it already and sends it until we have it, so a caller need not wait
   * for our own commit; for some milliseconds it knows more than the command's row.
   */
  hear(robotId: string, entries: readonly unknown[]): void {
    const concerned = [...this.#waiting].filter(({ command }) => command.robotId === robotId);
    if (concerned.length === 0) return;
    const nowMs = this.#clock.now();
    for (const entry of entries) {
      const parsed = parseJournalEntry(entry);
      const found = parsed.success ? evidenceOf(parsed.data) : null;
      for (const waiting of concerned) {
        const { command } = waiting;
        if (command.commandId !== found?.commandId) continue;
        waiting.command = { ...command, life: advance(command.life, found.evidence, nowMs) };
      }
    }
    for (const { command, end } of concerned) if (hasEnded(command.life)) end(command);
  }

  /** Lives that moved, after their commit. */
  tell(moved: readonly KeptCommand[]): void {
    for (const command of moved) {
      if (!hasEnded(command.life)) continue;
      for (const waiting of this.#waiting) if (waiting.command.commandId === command.commandId) waiting.end(command);
    }
  }

  /** The command at its end, or as it is when the time is up or the caller has gone. Begin before the command goes out. */
  async wait(command: KeptCommand, { waitMs, signal, look }: Wait): Promise<KeptCommand> {
    const ended = Promise.withResolvers<KeptCommand>();
    const waiting: Waiting = { command, end: ended.resolve };
    const stop = new AbortController();
    const untilMs = this.#clock.monotonic() + waitMs;
    this.#waiting.add(waiting);
    try {
      for (;;) {
        const leftMs = untilMs - this.#clock.monotonic();
        if (hasEnded(waiting.command.life) || leftMs <= 0 || signal.aborted) return waiting.command;
        const isTimeUp = this.#pause(Math.min(lookEveryMs, leftMs), AbortSignal.any([stop.signal, signal]));
        const end = await Promise.race([ended.promise, isTimeUp]);
        if (end) return end;
        waiting.command = (await look()) ?? waiting.command;
      }
    } finally {
      stop.abort();
      this.#waiting.delete(waiting);
    }
  }

  async #pause(durationMs: number, signal: AbortSignal): Promise<null> {
    await this.#clock.sleep(durationMs, signal).catch(() => undefined);
    return null;
  }
}
