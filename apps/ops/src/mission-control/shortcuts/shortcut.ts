/** What a single key does wherever one is on the page. */
export type Shortcut = "search" | "help";

/** A key as the page hears it. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What somebody wants who presses this key; null while they type, or where the key is for the browser. */
export function shortcutOf({ key, ctrlKey, metaKey, altKey }: KeyPress, isTyping: boolean): Shortcut | null {
  if (isTyping || ctrlKey || metaKey || altKey) return null;
  if (key === "/") return "search";
  return key === "?" ? "help" : null;
}

/** For the sheet: the keys, and what each does. Those of a list act while the list has the focus. */
export const shortcutTexts: readonly (readonly [keys: readonly string[], text: string])[] = [
  [["/"], "Search the list"],
  [["?"], "Show these keys"],
  [["↑", "↓", "j", "k"], "Go through a list"],
  [["Page ↑", "Page ↓", "Home", "End"], "Go through it faster"],
  [["Enter"], "Select what is marked"],
];
