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
      reasons: ["it is out of service", "its link is offline", "it is out of service"],
    },
    "none of 3 robots can be sent: it is out of service (2), its link is offline",
  ],
  [{ code: "not_ready", readyMs: startMs + 600_000 }, "the order is ready at 14:10; a robot sets out in time"],
])("%j is said in words", (why, text) => {
  expect(reasonOf(why, "Asia/Almaty").text).toBe(text);
});

test("without a timezone times are in UTC and say so", () => {
  expect(reasonOf({ code: "not_ready", readyMs: startMs }, null).text).toContain("09:00 UTC");
});

test("a moment that moves by seconds is no news, one that moves by minutes is", () => {
  const at = (ms: number) => reasonOf({ code: "all_busy", robots: 3, nextFreeMs: startMs + ms }, null);

  expect(isNews(at(0), at(110_000))).toBe(false);
  expect(isNews(at(0), at(130_000))).toBe(true);
  expect(isNews(null, at(0))).toBe(true);
  expect(isNews(at(0), reasonOf({ code: "no_robot" }, null))).toBe(true);
});
