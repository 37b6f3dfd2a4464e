import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { describe, expect } from "vitest";
import { SimEstop } from "./estop.sim.ts";
import { type EstopRig, estopSuite } from "./estop.suite.ts";

describe("sim", () => {
  estopSuite(makeRig);
});

async function makeRig(): Promise<EstopRig> {
  const clock = new VirtualClock();
  const estop = new SimEstop({ clock });
  return {
    estop,
    press: () => estop.press(),
    pullOut: () => estop.pullOut(),
    lift: () => estop.lift(),
    setDown: () => estop.setDown(),
    tipOver: () => estop.tipOver(),
    setUpright: () => estop.setUpright(),
    async until(holds) {
      for (let waitedMs = 0; !holds(); waitedMs += 100) {
        expect(waitedMs).toBeLessThan(5_000);
        await clock.advance(100);
      }
    },
    [Symbol.asyncDispose]: () => estop[Symbol.asyncDispose](),
  };
}
