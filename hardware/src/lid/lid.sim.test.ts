import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { describe, expect, test } from "vitest";
import { SimLid } from "./lid.sim.ts";
import { type LidRig, lidSuite } from "./lid.suite.ts";
import type { LidEvent } from "./lid.ts";

describe("sim", () => {
  lidSuite(makeRig);

  test("a cut in the middle of a drive leaves open whether the latch moved, and the memory answers it later", async () => {
    const clock = new VirtualClock();
    const lid = new SimLid({ clock });
    const events: LidEvent[] = [];
    lid.subscribe((event) => event.type !== "changed" && events.push(event));

    lid.unlatch({ authorisation: { kind: "grant", id: "g" }, nonce: "n" });
    lid.cutLink();
    await clock.advance(1_000);
    lid.restoreLink();

    expect(events.map((event) => event.type)).toEqual(["lost", "unlatch_failed", "edge", "recovered"]);
    expect(events[1]).toMatchObject({ failure: { code: "lid_unreachable", mayHaveMoved: true } });
    expect(lid.read()).toMatchObject({ latch: "released", lastUnlatch: { opened: false } });
  });
});

async function makeRig(): Promise<LidRig> {
  const clock = new VirtualClock();
  const lid = new SimLid({ clock });
  return {
    lid,
    body: lid.body,
    cutLink: () => lid.cutLink(),
    restoreLink: () => lid.restoreLink(),
    async until(holds) {
      for (let waitedMs = 0; !holds(); waitedMs += 10) {
        expect(waitedMs).toBeLessThan(5_000);
        await clock.advance(10);
      }
    },
    [Symbol.asyncDispose]: () => lid[Symbol.asyncDispose](),
  };
}
