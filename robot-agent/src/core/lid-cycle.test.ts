import { unlatchHash } from "@kerbside/hardware/lid/unlatch-hash";
import { describe, expect, test } from "vitest";
import {
  type Cycle,
  type Lid,
  type LidInput,
  type LidPlace,
  type LidReading,
  type LidStep,
  lockedLid,
  stepLid,
} from "./lid-cycle.ts";

const times = { actuatorMs: 3_000, unlockMs: 30_000, openLimitMs: 120_000 };
const cycle: Cycle = {
  id: "c1",
  authorisation: { kind: "grant", id: "g1" },
  purpose: "unload",
  compartment: 0,
  deliveryId: "d1",
  attemptId: "a1",
  fencingToken: 1,
  expiresAtMs: 1_000_000,
  nonce: "n1",
  unlatchings: 1,
  hasOpened: false,
};
const unlocked: Lid = { at: "closed_unlocked", flags: [], cycle, dueMs: 500, latchTries: 0 };
const lids: Record<LidPlace, Lid> = {
  closed_locked: lockedLid,
  unlock_authorised: { at: "unlock_authorised", flags: [], cycle, dueMs: 500, latchTries: 0 },
  closed_unlocked: unlocked,
  open: { at: "open", flags: [], cycle: { ...cycle, hasOpened: true }, dueMs: 500, latchTries: 0 },
  unknown: { at: "unknown", flags: [], cycle: null, dueMs: null, latchTries: 0 },
};
function reading(
  position: LidReading["position"],
  latch: LidReading["latch"],
  change: Partial<LidReading> = {},
): LidReading {
  return { position, latch, goods: "unknown", faults: [], isSettled: true, lastUnlatch: null, ...change };
}
const unseen = {
  lastUnlatch: { hash: unlatchHash({ authorisation: cycle.authorisation, nonce: "n1" }), opened: true },
};
const inputs = {
  locked: { type: "reading", reading: reading("closed", "engaged") },
  free: { type: "reading", reading: reading("closed", "released") },
  open: { type: "reading", reading: reading("open", "released") },
  open_bolt_out: { type: "reading", reading: reading("open", "engaged") },
  blind: { type: "reading", reading: reading("unknown", "unknown", { faults: ["comms_lost"] }) },
  start_locked: { type: "recover", reading: reading("closed", "engaged") },
  start_free: { type: "recover", reading: reading("closed", "released") },
  start_open: { type: "recover", reading: reading("open", "released") },
  not_released: { type: "actuator_failed", direction: "release" },
  not_engaged: { type: "actuator_failed", direction: "engage" },
  due: { type: "tick" },
  revoke: { type: "revoke" },
} as const satisfies Record<string, LidInput>;
type InputName = keyof typeof inputs;

/** Every state meets every input; the act is what follows the slash. */
const table: Record<LidPlace, Record<InputName, string>> = {
  closed_locked: {
    locked: "closed_locked",
    free: "closed_unlocked / latch",
    open: "open",
    open_bolt_out: "open",
    blind: "unknown",
    start_locked: "closed_locked",
    start_free: "closed_unlocked / latch",
    start_open: "open",
    not_released: "closed_locked",
    not_engaged: "closed_locked",
    due: "closed_locked",
    revoke: "closed_locked",
  },
  unlock_authorised: {
    locked: "unlock_authorised",
    free: "closed_unlocked",
    open: "open",
    open_bolt_out: "open",
    blind: "unknown",
    start_locked: "closed_locked",
    start_free: "closed_unlocked / latch",
    start_open: "open",
    not_released: "unlock_authorised / unlatch",
    not_engaged: "unlock_authorised",
    due: "unlock_authorised / unlatch",
    revoke: "closed_locked / latch",
  },
  closed_unlocked: {
    locked: "closed_locked",
    free: "closed_unlocked",
    open: "open",
    open_bolt_out: "open",
    blind: "unknown",
    start_locked: "closed_locked",
    start_free: "closed_unlocked / latch",
    start_open: "open",
    not_released: "closed_unlocked",
    not_engaged: "closed_unlocked / latch",
    due: "closed_unlocked / latch",
    revoke: "closed_unlocked / latch",
  },
  open: {
    locked: "closed_locked",
    free: "closed_unlocked / latch",
    open: "open",
    open_bolt_out: "open",
    blind: "unknown",
    start_locked: "closed_locked",
    start_free: "closed_unlocked / latch",
    start_open: "open",
    not_released: "open",
    not_engaged: "open",
    due: "open",
    revoke: "open",
  },
  unknown: {
    locked: "closed_locked",
    free: "closed_unlocked / latch",
    open: "open",
    open_bolt_out: "open",
    blind: "unknown",
    start_locked: "closed_locked",
    start_free: "closed_unlocked / latch",
    start_open: "open",
    not_released: "unknown",
    not_engaged: "unknown",
    due: "unknown",
    revoke: "unknown",
  },
};

function step(lid: Lid, input: LidInput, trustedMs = 0): LidStep {
  return stepLid(lid, input, { nowMs: 1_000, trustedMs, times, newNonce: () => "n2" });
}

describe("where each input leads", () => {
  const cells = Object.entries(table).flatMap(([at, row]) =>
    Object.entries(row).map(([name, outcome]) => ({ at, name, outcome })),
  );

  test.each(cells)("$at, $name → $outcome", ({ at, name, outcome }) => {
    const lid = Object.values(lids).find((candidate) => candidate.at === at);
    const input = Object.entries(inputs).find(([known]) => known === name)?.[1];
    if (!lid || !input) throw new Error(`no lid ${at} or input ${name}`);

    const { lid: after, act } = step(lid, input);

    expect(act ? `${after.at} / ${act}` : after.at).toBe(outcome);
  });
});

describe("an episode", () => {
  test("is spent when the lid opens, not when it unlatches", () => {
    const free = step(lids.unlock_authorised, inputs.free).lid;
    const open = step(free, inputs.open).lid;

    expect([free.cycle?.hasOpened, open.cycle?.hasOpened]).toEqual([false, true]);
  });

  test("ends with the lid sensed closed and locked, and takes the faults with it", () => {
    const ajar = { ...lids.open, flags: ["ajar"] } satisfies Lid;

    const ended = step(ajar, inputs.locked);

    expect(ended.ended?.id).toBe("c1");
    expect(ended.lid).toEqual(lockedLid);
  });

  test("is not tried again after its authorisation expired", () => {
    const given = step(lids.unlock_authorised, inputs.not_released, cycle.expiresAtMs);

    expect(given).toMatchObject({ act: null, ended: { id: "c1" }, lid: { at: "closed_locked", flags: [] } });
  });

  test("is jammed after the third attempt to unlatch", () => {
    const third = { ...lids.unlock_authorised, cycle: { ...cycle, unlatchings: 3 } };

    const given = step(third, inputs.not_released);

    expect(given).toMatchObject({ act: null, ended: { id: "c1" }, lid: { at: "closed_locked", flags: ["jammed"] } });
  });

  test("is jammed after the third attempt to latch, and stays open to a late success", () => {
    const third = { ...unlocked, latchTries: 3 };

    const jammed = step(third, inputs.not_engaged);

    expect(jammed).toMatchObject({ act: null, lid: { at: "closed_unlocked", flags: ["jammed"] } });
    expect(step(jammed.lid, inputs.locked).lid).toEqual(lockedLid);
  });

  test("given up pays for its latch moving late", () => {
    const revoked = step(lids.unlock_authorised, inputs.revoke).lid;

    const opened = step(revoked, inputs.open);

    expect(opened.lid).toMatchObject({ at: "open", flags: ["forced_open"], cycle: { id: "c1", hasOpened: true } });
  });

  test("revoked with the lid open goes on", () => {
    expect(step(lids.open, inputs.revoke)).toMatchObject({ events: [], act: null });
  });
});

test("an alarm is raised once for a lid left open, which stays open", () => {
  const first = step(lids.open, inputs.due);
  const second = step(first.lid, inputs.due);

  expect(first.events.map(({ event }) => event)).toEqual(["open_too_long"]);
  expect(second.events).toEqual([]);
});

test("lost sensors are told once, with the reason", () => {
  const first = step(lockedLid, inputs.blind);

  expect(first.lid).toMatchObject({ at: "unknown", flags: ["comms_lost"] });
  expect(step(first.lid, inputs.blind).events).toEqual([]);
});

describe("a line that is silent for a moment while an unlatched lid waits to be lifted", () => {
  const lost = step(unlocked, inputs.blind).lid;

  test("does not lock it: it goes on waiting for the rest of its time", () => {
    const found = step(lost, inputs.free);

    expect(found).toMatchObject({
      act: null,
      lid: { at: "closed_unlocked", dueMs: unlocked.dueMs, cycle: { id: "c1" } },
    });
    expect(step(found.lid, inputs.due)).toMatchObject({ act: "latch" });
  });

  test.each([
    ["its right was taken back", inputs.revoke],
    ["its time ran out", inputs.due],
  ])("lets it be locked when %s meanwhile", (_why, input) => {
    expect(step(step(lost, input).lid, inputs.free)).toMatchObject({ act: "latch", lid: { at: "closed_unlocked" } });
  });

  test("lets it be locked after a start, and when it was being locked already", () => {
    const locking = step({ ...unlocked, latchTries: 1 }, inputs.blind).lid;

    expect(step(lost, inputs.start_free)).toMatchObject({ act: "latch" });
    expect(step(locking, inputs.free)).toMatchObject({ act: "latch" });
  });
});

describe("what the device itself finds wrong", () => {
  test("is a flag as long as the device says so while the lid is in its place", () => {
    const weak = step(lockedLid, { type: "reading", reading: reading("closed", "engaged", { faults: ["power_low"] }) });
    const well = step(weak.lid, inputs.locked);

    expect(weak.lid.flags).toEqual(["power_low"]);
    expect(well.lid.flags).toEqual([]);
    expect([...weak.events, ...well.events].map(({ event }) => event)).toEqual(["flagged", "flagged"]);
  });

  test("stays on an open lid until it is closed and locked", () => {
    const stuck = { ...inputs.open.reading, faults: ["obstructed" as const] };
    const obstructed = step(lids.open, { type: "reading", reading: stuck }).lid;

    expect(step(obstructed, inputs.open).lid.flags).toEqual(["obstructed"]);
    expect(step(obstructed, inputs.locked).lid.flags).toEqual([]);
  });
});

describe("a lid that was opened and closed while nobody here looked", () => {
  test("is charged to the intent that the device remembers", () => {
    const found = step(lids.unlock_authorised, { type: "recover", reading: reading("closed", "engaged", unseen) });

    expect(found.events.map(({ event }) => event)).toEqual(["recovered_open", "lid_closed", "latch_engaged"]);
    expect(found).toMatchObject({ ended: { id: "c1", hasOpened: true }, lid: { at: "closed_locked" } });
  });

  test("is not taken for a latch that never let go when the device has latched it again", () => {
    const relatched = { lastUnlatch: { ...unseen.lastUnlatch, opened: false } };

    const found = step(lids.unlock_authorised, { type: "recover", reading: reading("closed", "engaged", relatched) });
    const stuck = step(lids.unlock_authorised, {
      type: "recover",
      reading: reading("closed", "engaged", { ...relatched, faults: ["stalled"] }),
    });

    expect(found.events.map(({ event }) => event)).toEqual(["recovered_closed_unlocked", "latch_engaged"]);
    expect(found.ended).toMatchObject({ id: "c1", hasOpened: false });
    expect(stuck.events.map(({ event }) => event)).toContain("recovered_closed_locked");
  });

  test("is not charged to an intent of another nonce", () => {
    const other = { ...lids.unlock_authorised, cycle: { ...cycle, nonce: "n0" } };

    const found = step(other, { type: "recover", reading: reading("closed", "engaged", unseen) });

    expect(found.ended).toMatchObject({ hasOpened: false });
  });
});
