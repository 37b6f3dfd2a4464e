import { eventsOf, isTerminal, statesOf, type Table } from "./table.ts";

/** The table as a Mermaid state diagram; events that join the same two states share one arrow. */
export function stateDiagram<State extends string, Event extends string>(table: Table<State, Event>): string {
  const lines = ["stateDiagram-v2", `  [*] --> ${table.initial}`];
  for (const from of statesOf(table)) {
    for (const [to, events] of arrows(table, from)) lines.push(`  ${from} --> ${to}: ${events.join(", ")}`);
    if (isTerminal(table, from)) lines.push(`  ${from} --> [*]`);
  }
  return lines.join("\n");
}

function arrows<State extends string, Event extends string>(
  table: Table<State, Event>,
  from: State,
): ReadonlyMap<State, readonly Event[]> {
  const arrows = new Map<State, Event[]>();
  for (const event of eventsOf(table)) {
    const to = table.steps[from][event];
    if (to !== null) arrows.set(to, [...(arrows.get(to) ?? []), event]);
  }
  return arrows;
}
