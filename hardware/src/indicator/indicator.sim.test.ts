import { describe, expect, test } from "vitest";
import { SimIndicator } from "./indicator.sim.ts";
import { indicatorSuite } from "./indicator.suite.ts";
import type { IndicatorSignal } from "./indicator.ts";

describe("sim", () => {
  indicatorSuite(async () => new SimIndicator());

  test("people around see every signal, restarted ones too", () => {
    const indicator = new SimIndicator();
    const seen: IndicatorSignal[] = [];
    indicator.watch((signal) => seen.push(signal));

    indicator.show("code_refused");
    indicator.show("code_refused");

    expect(seen).toEqual(["code_refused", "code_refused"]);
  });
});
