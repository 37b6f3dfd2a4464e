import { expect, test } from "vitest";
import { isNews, reasonOf, type Why } from "./reasons.ts";
import { startMs } from "./town.harness.ts";

test.each<[Why, string]>([
  [{ code: "no_robot" }, "no robot is in service in this market"],
  [{ code: "all_busy", robots: 3, nextFreeMs: startMs }, "all 3 robots are busy; the next should be free at 14:00"],
  [{ code: "all_busy", robots: 1, nextFreeMs: null }, "the only robot is busy"],
  [
    { code: "battery", loopM: 4_180, needsPct: 30.2, bestPct: 22.9 },
    "battery too low for the loop of 4.2 km: it takes 31 %, the fullest free robot has 22 %",
  ],
  [
    {
      code: "none_available",
      robots: 3,
      reasons: ["it is out of service", "it has a delivery", "it is out of service"],
      nextFreeMs: startMs + 300_000,
    },
    "none of 3 robots can be sent: it is out of service (2), it has a delivery; the next should be free at 14:05",
  ],
  [{ code: "no_answer" }, "dispatch cannot work it out now, the map or the settings do not answer; it keeps asking"],
  [{ code: "not_ready", readyMs: startMs + 600_000 }, "the order is ready at 14:10; a robot sets out in time"],
])("%j is said in words", (why, text) => {
  expect(reasonOf(why, "Asia/Almaty").text).toBe(text);
});

test("without a timezone times are in UTC and say so", () => {
  expect(reasonOf({ code: "not_ready", readyMs: startMs }, null).text).toContain("09:00 UTC");
});

test("other words are news, though the moment is the same", () => {
  const busy = (robots: number) => reasonOf({ code: "all_busy", robots, nextFreeMs: startMs }, null);

  expect(isNews(busy(2), busy(3))).toBe(true);
  expect(isNews(busy(2), busy(2))).toBe(false);
});

test("a moment that moves by seconds is no news, one that moves by minutes is", () => {
  const at = (ms: number) => reasonOf({ code: "all_busy", robots: 3, nextFreeMs: startMs + ms }, null);

  expect(isNews(at(0), at(110_000))).toBe(false);
  expect(isNews(at(0), at(130_000))).toBe(true);
  expect(isNews(null, at(0))).toBe(true);
  expect(isNews(at(0), reasonOf({ code: "no_robot" }, null))).toBe(true);
});
