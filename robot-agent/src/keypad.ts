/** What the robot shows to the person at its keypad. */
export type KeypadAnswer = "accepted" | "refused" | "locked" | "busy";

/** The keys on the robot, where a customer types a PIN and a merchant a load code. */
export interface Keypad {
  /** Hears of every code that was typed and confirmed. Returns how to stop listening. */
  onCode(listener: (code: string) => void): () => void;
  show(answer: KeypadAnswer): void;
}

const shownMax = 50;

/** A keypad without keys: for robots that are opened by phone only, and for whoever types through the program. */
export class MemoryKeypad implements Keypad {
  readonly #listeners = new Set<(code: string) => void>();
  readonly #watchers = new Set<(answer: KeypadAnswer) => void>();
  #shown: readonly KeypadAnswer[] = [];

  /** The last answers, newest last. */
  get shown(): readonly KeypadAnswer[] {
    return this.#shown;
  }

  type(code: string): void {
    for (const listener of this.#listeners) listener(code);
  }

  onCode(listener: (code: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of every answer. Returns how to stop listening. */
  onShow(watcher: (answer: KeypadAnswer) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  show(answer: KeypadAnswer): void {
    this.#shown = [...this.#shown, answer].slice(-shownMax);
    for (const watcher of this.#watchers) watcher(answer);
  }
}
