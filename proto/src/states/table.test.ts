import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stateDiagram } from "./diagram.ts";
import {
  eventsOf,
  isEvent,
  isLegal,
  isState,
  isStep,
  isTerminal,
  legalEvents,
  next,
  statesOf,
  type Table,
  terminalStates,
  whyNot,
} from "./table.ts";
import { tables } from "./tables.ts";

type AnyTable = Table<string, string>;

/** A walk takes one event after another, legal or not, and remembers where each led. */
function walk(table: AnyTable, events: readonly string[]): readonly string[] {
  const visited = [table.initial];
  let state = table.initial;
  for (const event of events) {
    const step = next(table, state, event);
    if (step.ok) state = step.value;
    visited.push(state);
  }
  return visited;
}

function reachable(table: AnyTable): ReadonlySet<string> {
  const seen = new Set([table.initial]);
  const open = [table.initial];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const event of legalEvents(table, state)) {
      const to = table.steps[state]?.[event];
      if (typeof to === "string" && !seen.has(to)) {
        seen.add(to);
        open.push(to);
      }
    }
  }
  return seen;
}

describe.each(Object.entries(tables))("%s", (_name, table) => {
  const walks = fc.array(fc.constantFrom(...eventsOf(table)), { maxLength: 60 });

  test("every state can be reached from the first one", () => {
    expect([...reachable(table)].sort()).toEqual([...statesOf(table)].sort());
  });

  test("every event is legal somewhere", () => {
    const useless = eventsOf(table).filter((event) => statesOf(table).every((state) => !isLegal(table, state, event)));

    expect(useless).toEqual([]);
  });

  test("every cell of the table is a state of it or says that the event is illegal", () => {
    for (const state of statesOf(table)) {
      expect(Object.keys(table.steps[state] ?? {})).toEqual(eventsOf(table));
      for (const event of eventsOf(table)) expect([null, ...statesOf(table)]).toContain(table.steps[state]?.[event]);
    }
  });

  test("no sequence of events leaves the table, and each change of state on it is a step", () => {
    fc.assert(
      fc.property(walks, (events) => {
        const visited = walk(table, events);

        for (const [index, state] of visited.entries()) {
          const before = visited[index - 1] ?? state;
          expect(isState(table, state)).toBe(true);
          expect(before === state || isStep(table, before, state)).toBe(true);
        }
      }),
    );
  });

  test("nothing leaves a terminal state", () => {
    fc.assert(
      fc.property(walks, (events) => {
        const visited = walk(table, events);
        const end = visited.findIndex((state) => isTerminal(table, state));

        expect(end === -1 || visited.slice(end).every((state) => state === visited[end])).toBe(true);
      }),
    );
  });

  test("the buttons offer exactly what the guard allows", () => {
    for (const state of statesOf(table)) {
      const allowed = eventsOf(table).filter((event) => next(table, state, event).ok);
      expect(legalEvents(table, state)).toEqual(allowed);
    }
  });

  test("its diagram draws every step once", () => {
    const drawn = stateDiagram(table);

    for (const from of statesOf(table)) {
      for (const to of statesOf(table)) {
        expect(drawn.split("\n").filter((line) => line.startsWith(`  ${from} --> ${to}: `))).toHaveLength(
          isStep(table, from, to) ? 1 : 0,
        );
      }
    }
  });
});

test("an illegal event is refused by its code", () => {
  const { delivery } = tables;

  expect(delivery && next(delivery, "delivered", "cancelled")).toEqual({ ok: false, error: "transition_not_legal" });
});

test("a disabled button says why", () => {
  const { delivery } = tables;

  expect(delivery && whyNot(delivery, "picked_up", "cancelled")).toBe(
    "“Cancel” is not possible: the delivery is loaded.",
  );
  expect(delivery && whyNot(delivery, "created", "cancelled")).toBeNull();
});

test("words from outside are states and events only when the table has them", () => {
  const { trip } = tables;

  expect(trip && isState(trip, "on_trip")).toBe(true);
  expect(trip && isState(trip, "constructor")).toBe(false);
  expect(trip && isEvent(trip, "departed")).toBe(true);
  expect(trip && isEvent(trip, "__proto__")).toBe(false);
});

test("the terminal states are the ones that nothing leaves", () => {
  const ends = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, terminalStates(table)]));

  expect(ends).toEqual({
    delivery: ["delivered", "returned", "cancelled", "failed"],
    attempt: ["rejected", "expired", "withdrawn", "succeeded", "failed", "aborted", "superseded"],
    quote: ["declined", "accepted", "expired", "withdrawn", "superseded"],
    trip: ["ended", "cancelled"],
    lid: [],
    command: ["succeeded", "failed", "rejected", "expired", "cancelled", "superseded", "outcome_unknown"],
    transition_request: ["rejected", "applied", "superseded", "expired"],
    asset: ["retired"],
    service: [],
    operational_state: [],
    control_mode: [],
    motion_safety: [],
    connectivity: [],
  });
});
