import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { describe, expect } from "vitest";
import { SimBattery } from "./battery.sim.ts";
import { type BatteryRig, batterySuite } from "./battery.suite.ts";

describe("sim", () => {
  batterySuite(makeRig);
});

async function makeRig(): Promise<BatteryRig> {
  const clock = new VirtualClock();
  const battery = new SimBattery({ clock, capacityMah: 20_000, levelPct: 50 });
  return {
    battery,
    flow: (currentMa, durationMs) => battery.flow(currentMa, durationMs),
    warm: (temperatureC) => battery.warm(temperatureC),
    cutLink: () => battery.cutLink(),
    restoreLink: () => battery.restoreLink(),
    async until(holds) {
      for (let waitedMs = 0; !holds(); waitedMs += 100) {
        expect(waitedMs).toBeLessThan(5_000);
        await clock.advance(100);
      }
    },
    [Symbol.asyncDispose]: () => battery[Symbol.asyncDispose](),
  };
}
