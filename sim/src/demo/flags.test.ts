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
  [["--robots", "101"], /--robots.*1 to 100/],
  [["--robots", "-3"], /whole number/],
  [["--robots", "1e2"], /whole number/],
  [["--robots"], /argument missing/],
  [["--orders-per-hour", "-1"], /--orders-per-hour.*0 to 2000/],
  [["--orders-per-hour", "2001"], /0 to 2000/],
  [["--speed-up", "0"], /--speed-up.*1 to 10/],
  [["--speed-up", "11"], /1 to 10/],
  [["--speed-up", "1.5"], /whole number/],
  [["--speed-up", "NaN"], /whole number/],
  [["--seed", "4294967296"], /--seed.*0 to 4294967295/],
  [["--seed", ""], /whole number/],
  [["--seed", "-1"], /whole number/],
  [["--robbots", "3"], /unknown option '--robbots'/],
  [["now"], /too many arguments/],
])("%s is refused with the reason", (args, reason) => {
  const asked = readFlags(args);

  expect(asked.type === "wrong" && asked.problem).toMatch(reason);
});
