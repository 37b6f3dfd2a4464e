/** What the robot shows to the person at its keypad. */
export type KeypadAnswer = "accepted" | "refused" | "locked" | "busy";

/** The keys on the robot, where a customer types a PIN and a merchant a load code. */
export interface Keypad {
  /** Hears of every code that was typed and confirmed. Returns how to stop listening. */
  onCode(listener: (code: string) => void): () => void;
  show(answer: KeypadAnswer): void;
}

/** A keypad without keys: for robots that are opened by phone only, and for tests that type through the agent. */
export class MemoryKeypad implements Keypad {
  readonly shown: KeypadAnswer[] = [];
  readonly #listeners = new Set<(code: string) => void>();

  type(code: string): void {
    for (const listener of this.#listeners) listener(code);
  }

  onCode(listener: (code: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  show(answer: KeypadAnswer): void {
    this.shown.push(answer);
  }
}
