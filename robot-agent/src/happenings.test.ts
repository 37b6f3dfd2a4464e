import { expect, test } from "vitest";
import { type Happening, HappeningLog } from "./happenings.ts";

const refused: Happening = { type: "link_problem", message: "connect ECONNREFUSED" };

function makeLog() {
  const told: Happening[] = [];
  let nowMs = 0;
  const log = new HappeningLog(
    () => (nowMs += 1),
    (happening) => told.push(happening),
  );
  return { log, told };
}

test("the same trouble again and again is told once and counted", () => {
  const { log, told } = makeLog();

  for (let i = 0; i < 5; i += 1) log.add(refused);

  expect(told).toEqual([refused]);
  expect(log.problems).toEqual([{ atMs: 5, happening: refused, times: 5 }]);
});

test.each<readonly [Happening, Happening]>([
  [refused, { type: "link_up" }],
  [{ type: "disk_fault", message: "full" }, { type: "disk_recovered" }],
  [{ type: "lid_silent" }, { type: "lid_heard" }],
])("trouble that was over is told when it comes back: %o", (trouble, end) => {
  const { log, told } = makeLog();

  log.add(trouble);
  log.add(end);
  log.add(trouble);

  expect(told).toEqual([trouble, end, trouble]);
});

test("what is no trouble is always told and never kept", () => {
  const { log, told } = makeLog();

  log.add({ type: "link_up" });
  log.add({ type: "link_up" });

  expect(told).toHaveLength(2);
  expect(log.problems).toEqual([]);
});

test("only the last troubles are kept, the newest last", () => {
  const { log } = makeLog();

  for (let i = 0; i < 100; i += 1) log.add({ type: "disk_fault", message: `fault ${i}` });

  expect(log.problems).toHaveLength(20);
  expect(log.problems.at(-1)?.happening).toEqual({ type: "disk_fault", message: "fault 99" });
});
