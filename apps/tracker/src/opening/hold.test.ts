import { expect, test } from "vitest";
import { type Press, restingHold, stepHold } from "./hold.ts";

test.each<[string, Press[], boolean]>([
  ["a held button opens", [down(0), up(900)], true],
  ["a touch does not", [down(0), up(200)], false],
  ["two touches do", [down(0), up(100), down(1_000), up(1_100)], true],
  ["two touches far apart do not", [down(0), up(100), down(9_000), up(9_100)], false],
  ["two clicks of a screen reader do", [click(0), click(2_000)], true],
  ["one click does not", [click(0)], false],
])("%s", (_title, presses, opens) => {
  let hold = restingHold;
  const opened = presses.map((press) => {
    const next = stepHold(hold, press);
    hold = next.hold;
    return next.opens;
  });

  expect(opened.at(-1)).toBe(opens);
});

function down(atMs: number): Press {
  return { type: "down", atMs };
}

function up(atMs: number): Press {
  return { type: "up", atMs };
}

function click(atMs: number): Press {
  return { type: "click", atMs };
}
