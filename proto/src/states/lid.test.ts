import * as fc from "fast-check";
import { expect, test } from "vitest";
import { heartbeatSets } from "../heartbeat/sample.ts";
import { type LidEvent, type LidState, lidEvents, lidStates, lidTable } from "./lid.ts";
import { next } from "./table.ts";

/** What sensors alone can say, whatever was authorised: each is recorded under a name of its own. */
const unforeseen: ReadonlySet<string> = new Set([
  "recovered_closed_unlocked",
  "recovered_open",
  "opened_unauthorised",
  "latch_released_unauthorised",
]);

/** The states that a locked lid passes through, each with whether an authorisation preceded it since it was last locked. */
function passages(
  events: readonly LidEvent[],
): readonly { readonly state: LidState; readonly isAuthorised: boolean }[] {
  const seen = [{ state: "closed_locked" as LidState, isAuthorised: false }];
  for (const event of events) {
    const last = seen.at(-1);
    const step = last && next(lidTable, last.state, event);
    if (!last || !step?.ok) continue;
    const state = step.value;
    seen.push({
      state,
      isAuthorised: state !== "closed_locked" && (last.isAuthorised || state === "unlock_authorised"),
    });
  }
  return seen;
}

test("from locked, a lid is unlatched or open only by an authorisation or by what is recorded as unforeseen", () => {
  const foreseen = lidEvents.filter((event) => !unforeseen.has(event));

  fc.assert(
    fc.property(fc.array(fc.constantFrom(...foreseen), { maxLength: 60 }), (events) => {
      const unauthorised = passages(events).filter(({ isAuthorised }) => !isAuthorised);

      return unauthorised.every(({ state }) => state === "closed_locked" || state === "unknown");
    }),
  );
  expect(passages(["opened_unauthorised"]).at(-1)).toEqual({ state: "open", isAuthorised: false });
});

test("from every state the sensors can say where the lid is", () => {
  for (const state of lidStates) {
    expect(next(lidTable, state, "recovered_closed_locked")).toEqual({ ok: true, value: "closed_locked" });
    expect(next(lidTable, state, "recovered_closed_unlocked")).toEqual({ ok: true, value: "closed_unlocked" });
    expect(next(lidTable, state, "recovered_open")).toEqual({ ok: true, value: "open" });
    expect(next(lidTable, state, "sensor_lost")).toEqual({ ok: true, value: "unknown" });
  }
});

test("a fault flag never hides where the lid is", () => {
  for (const state of lidStates) expect(next(lidTable, state, "flagged")).toEqual({ ok: true, value: state });
});

test("a heartbeat can carry every state of a lid", () => {
  expect([...heartbeatSets.lid].sort()).toEqual([...lidStates].sort());
});
