import type { Table, Tone } from "@kerbside/proto/states/table";

export interface Label {
  readonly text: string;
  readonly tone: Tone;
}

/** How a state of this table reads and looks. A word that the table does not know (a newer robot's) is shown as it is. */
export function labelOf(table: Table<string, string>, state: string | null): Label {
  if (state === null) return { text: "unknown", tone: "neutral" };
  return Object.hasOwn(table.states, state)
    ? (table.states[state] ?? { text: state, tone: "warn" })
    : { text: state, tone: "warn" };
}

/** A tone as a colour for a map, which knows no style sheets. Equal to `tokens.css`. */
export const toneColors: Readonly<Record<"light" | "dark", Readonly<Record<Tone, string>>>> = {
  light: { neutral: "#5b6470", active: "#1460aa", good: "#1a6e3c", warn: "#8a5300", bad: "#b3261e" },
  dark: { neutral: "#a6b0bd", active: "#7cc0ff", good: "#6fd398", warn: "#ffc266", bad: "#ff9c94" },
};
