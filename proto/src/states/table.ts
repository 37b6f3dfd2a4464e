import { err, ok, type Result } from "../base/result.ts";

/** How a state looks on a screen: at rest, under way, ended well, needs a look, ended badly or is dangerous. */
export type Tone = "neutral" | "active" | "good" | "warn" | "bad";

/** The words and colour of a state. `text` reads after "is": a delivery is "on the way to the store". */
export interface StateLabel {
  readonly text: string;
  readonly tone: Tone;
}

/**
 * The states a thing can be in and the only legal steps between them. Total: each state decides each event, and null
 * says that the event is illegal there, so that a new state or event does not compile until it is decided everywhere.
 * The database's CHECK, the servers' guards, buttons, documents and property tests are derived from it. Zod-free.
 */
export interface Table<State extends string, Event extends string> {
  readonly title: string;
  readonly summary: string;
  readonly initial: State;
  readonly states: Readonly<Record<State, StateLabel>>;
  /** Each event, past tense, with the text of the button or line that stands for it. */
  readonly events: Readonly<Record<Event, string>>;
  readonly steps: Readonly<Record<State, Readonly<Record<Event, State | null>>>>;
}

/** The guard: where the event leads from here, or that it is illegal here. */
export function next<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): Result<State, "transition_not_legal"> {
  const to = table.steps[state][event];
  return to === null ? err("transition_not_legal") : ok(to);
}

export function isLegal<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): boolean {
  return table.steps[state][event] !== null;
}

/** What may happen next, in the table's order: the buttons of a screen. */
export function legalEvents<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
): readonly Event[] {
  return eventsOf(table).filter((event) => table.steps[state][event] !== null);
}

/** Whether some single event leads from one state to the other: for judging a history that was written elsewhere. */
export function isStep<State extends string, Event extends string>(
  table: Table<State, Event>,
  from: State,
  to: State,
): boolean {
  return eventsOf(table).some((event) => table.steps[from][event] === to);
}

/** A state that nothing leaves. */
export function isTerminal<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
): boolean {
  return legalEvents(table, state).length === 0;
}

export function terminalStates<State extends string, Event extends string>(
  table: Table<State, Event>,
): readonly State[] {
  return statesOf(table).filter((state) => isTerminal(table, state));
}

/** Why a button is disabled, in words; null when it is not. */
export function whyNot<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): string | null {
  if (isLegal(table, state, event)) return null;
  return `“${table.events[event]}” is not possible: ${table.title.toLowerCase()} is ${table.states[state].text}.`;
}

/** Narrows what a row, a message or an address bar says. */
export function isState<State extends string, Event extends string>(
  table: Table<State, Event>,
  candidate: string,
): candidate is State {
  return Object.hasOwn(table.states, candidate);
}

export function isEvent<State extends string, Event extends string>(
  table: Table<State, Event>,
  candidate: string,
): candidate is Event {
  return Object.hasOwn(table.events, candidate);
}

export function statesOf<State extends string, Event extends string>(table: Table<State, Event>): readonly State[] {
  const states: State[] = [];
  for (const state in table.states) states.push(state);
  return states;
}

export function eventsOf<State extends string, Event extends string>(table: Table<State, Event>): readonly Event[] {
  const events: Event[] = [];
  for (const event in table.events) events.push(event);
  return events;
}
