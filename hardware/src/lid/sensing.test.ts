import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Contacts,
  debounceMs,
  disagreeMs,
  type Sensing,
  sense,
  senseAgainAtMs,
  sensed,
  startSensing,
} from "./sensing.ts";

const closed: Contacts = {
  closedA: true,
  closedB: true,
  boltOut: false,
  goods: null,
  isObstructed: false,
  isPowerLow: false,
};
const open: Contacts = { ...closed, closedA: false, closedB: false };
const position = (state: Sensing): string => sensed(state, false).position;

test("a contact counts once it has been steady for the debounce time", () => {
  let state = startSensing(closed, 0);
  state = sense(state, open, 100);
  const early = position(sense(state, open, 100 + debounceMs - 1));
  const dueMs = senseAgainAtMs(state);
  state = sense(state, open, 100 + debounceMs);

  expect(early).toBe("closed");
  expect(dueMs).toBe(100 + debounceMs);
  expect(position(state)).toBe("open");
  expect(senseAgainAtMs(state)).toBeNull();
});

test("switches that contradict each other keep the last position for a while, then make it unknown", () => {
  let state = startSensing(closed, 0);
  const torn = { ...closed, closedB: false };
  state = sense(state, torn, 0);
  state = sense(state, torn, debounceMs);
  const soon = sensed(state, false);
  state = sense(state, torn, debounceMs + disagreeMs);

  expect(soon).toMatchObject({ position: "closed", faults: [] });
  expect(sensed(state, false)).toMatchObject({ position: "unknown", faults: ["sensor_disagree"] });
});

test("switches that contradict each other from the start say nothing about the position", () => {
  expect(position(startSensing({ ...closed, closedA: false }, 0))).toBe("unknown");
});

test("a bolt that is out over an open lid is a fault that does not hide that it is open", () => {
  const torn = { ...open, boltOut: true };
  const state = sense(startSensing(torn, 0), torn, disagreeMs);

  expect(sensed(state, false)).toMatchObject({ position: "open", latch: "engaged", faults: ["sensor_disagree"] });
});

test("however contacts bounce within the debounce time, each real movement is one edge", () => {
  const bounces = fc.array(fc.integer({ min: 1, max: debounceMs - 1 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(bounces, { minLength: 1, maxLength: 6 }), (movements) => {
      let nowMs = 0;
      let isOpen = false;
      let state = startSensing(closed, nowMs);
      const positions = [position(state)];
      const feel = (rawOpen: boolean): void => {
        state = sense(state, rawOpen ? open : closed, nowMs);
        if (positions.at(-1) !== position(state)) positions.push(position(state));
      };

      for (const gaps of movements) {
        isOpen = !isOpen;
        feel(isOpen);
        for (const gapMs of gaps) {
          nowMs += gapMs;
          feel(!isOpen);
          feel(isOpen);
        }
        nowMs += debounceMs;
        feel(isOpen);
        nowMs += 100;
      }

      expect(positions).toHaveLength(movements.length + 1);
    }),
  );
});
