import { expect, test } from "vitest";
import { readFlags } from "./flags.ts";

test("without flags a newcomer gets a city in which something happens", () => {
  expect(readFlags([])).toEqual({
    type: "run",
    flags: { robots: 12, ordersPerHour: 90, speedUp: 5, seed: null, port: 4_100, reset: false },
  });
});

test("every flag is heard", () => {
  const args = "--robots 3 --orders-per-hour 0 --speed-up 10 --seed 7 --port 0 --reset".split(" ");

  expect(readFlags(args)).toEqual({
    type: "run",
    flags: { robots: 3, ordersPerHour: 0, speedUp: 10, seed: 7, port: 0, reset: true },
  });
});

test("help begins with examples", () => {
  const asked = readFlags(["--help"]);

  expect(asked.type === "help" && asked.text).toMatch(/^Examples:\n {2}npm start /);
});

test.each([
  [["--robots", "0"], /--robots.*1 to 100/],
  [["--robots", "many"], /--robots.*whole number/],
  [["--speed-up", "11"], /1 to 10/],
  [["--seed", "-1"], /whole number/],
  [["--robbots", "3"], /unknown option '--robbots'/],
  [["now"], /too many arguments/],
])("%s is refused with the reason", (args, reason) => {
  const asked = readFlags(args);

  expect(asked.type === "wrong" && asked.problem).toMatch(reason);
});
