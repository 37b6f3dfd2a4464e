import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { connectivityEvents, connectivityTable } from "@kerbside/proto/states/connectivity";
import { isStep } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Connectivity, type LinkInput, neverSeen, stepConnectivity } from "./connectivity.ts";

const bootId = "01890a5d-ac96-774b-bcce-b302099a8001";

function says(state: LinkMessage["state"], at: number, more: Partial<LinkMessage> = {}): LinkInput {
  return { type: "link", message: { v: 1, state, boot_id: bootId, at, ...more } };
}

function after(...inputs: readonly (readonly [number, LinkInput])[]): Connectivity {
  return inputs.reduce((link, [nowMs, input]) => stepConnectivity(link, input, nowMs), neverSeen(0));
}

describe("what the robot and the broker say", () => {
  test("a robot that was never seen comes online with its first word", () => {
    expect(after([10, says("online", 10)])).toMatchObject({ state: "online", sinceMs: 10, dueAtMs: null });
  });

  test("a will breaks the connection and sets the deadline of silence", () => {
    const link = after([10, says("online", 10)], [500, says("connection_broken", 9)]);

    expect(link).toMatchObject({ state: "connection_broken", sinceMs: 500, dueAtMs: 60_500 });
  });

  test("the will of a connection that was taken over changes nothing", () => {
    const link = after([10, says("online", 10)], [500, says("online", 499)], [501, says("connection_broken", 9)]);

    expect(link.state).toBe("online");
  });

  test("the will of the present connection counts after a takeover too", () => {
    const link = after([10, says("online", 10)], [500, says("online", 499)], [900, says("connection_broken", 498)]);

    expect(link.state).toBe("connection_broken");
  });

  test("a clock that went back does not make a will look old", () => {
    const link = after(
      [10, says("online", 9_999_999)],
      [500, says("online", 499)],
      [900, says("connection_broken", 498)],
    );

    expect(link.state).toBe("connection_broken");
  });

  test("the retained word that is heard again does not count as another connection", () => {
    const link = after([10, says("online", 10)], [20, says("online", 10)], [30, says("connection_broken", 9)]);

    expect(link.state).toBe("connection_broken");
  });

  test("a goodbye is not a break, and its announced return is the deadline", () => {
    const link = after([10, says("online", 10)], [20, says("offline", 20, { back_at: 5_000 })]);

    expect(link).toMatchObject({ state: "offline", dueAtMs: 5_000 });
    expect(stepConnectivity(link, { type: "due", locatedAtMs: 20 }, 5_000).state).toBe("non_contactable");
  });

  test.each([
    ["a long round trip", { rtt_ms: 1_001, loss: 0 }, "degraded"],
    ["loss", { rtt_ms: 10, loss: 0.06 }, "degraded"],
    ["neither", { rtt_ms: 1_000, loss: 0.05 }, "online"],
  ] as const)("%s decides whether the link is poor", (_title, measured, state) => {
    expect(after([10, says("online", 10)], [20, says("online", 20, measured)]).state).toBe(state);
  });

  test("a poor link recovers when it measures well again", () => {
    const link = after(
      [10, says("online", 10)],
      [20, says("online", 20, { rtt_ms: 3_000 })],
      [30, says("online", 30, { rtt_ms: 80, loss: 0 })],
    );

    expect(link.state).toBe("online");
  });
});

describe("what the cloud concludes", () => {
  test("a broken connection is out of reach after a minute and missing after half an hour without a position", () => {
    const broken = after([0, says("online", 0)], [1_000, says("connection_broken", 0)]);

    const early = stepConnectivity(broken, { type: "due", locatedAtMs: 0 }, 60_999);
    const silent = stepConnectivity(broken, { type: "due", locatedAtMs: 0 }, 61_000);
    const missing = stepConnectivity(silent, { type: "due", locatedAtMs: 0 }, 61_000 + 1_800_000);

    expect([early.state, silent.state, missing.state]).toEqual(["connection_broken", "non_contactable", "missing"]);
  });

  test("a robot that somebody located stays out of reach until that is half an hour old", () => {
    const silent = after(
      [0, says("online", 0)],
      [1_000, says("connection_broken", 0)],
      [61_000, { type: "due", locatedAtMs: 0 }],
    );

    const located = stepConnectivity(silent, { type: "due", locatedAtMs: 1_800_000 }, 1_861_000);

    expect(located).toMatchObject({ state: "non_contactable", dueAtMs: 3_600_000 });
  });

  test("data from a robot that was thought away brings it back", () => {
    const link = after([0, says("online", 0)], [10, says("connection_broken", 0)], [20, { type: "heard" }]);

    expect(link).toMatchObject({ state: "online", dueAtMs: null });
  });

  test("a robot without a trace after our own return is broken off", () => {
    expect(after([0, says("online", 0)], [10, { type: "unheard" }]).state).toBe("connection_broken");
  });
});

test("whatever is heard, every change is a step of the table", () => {
  const word = fc.constantFrom("online", "offline", "hibernating", "connection_broken");
  const message = fc
    .record({ state: word, at: fc.nat(1_000), rtt_ms: fc.nat(3_000), isMeasured: fc.boolean(), back: fc.nat(2_000) })
    .map(({ state, at, rtt_ms, isMeasured, back }) =>
      says(state, at, { ...(isMeasured && { rtt_ms }), back_at: back }),
    );
  const input = fc.oneof(
    message,
    fc.constantFrom<LinkInput>({ type: "heard" }, { type: "unheard" }),
    fc.nat(2_000).map((locatedAtMs): LinkInput => ({ type: "due", locatedAtMs })),
  );

  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100_000), input), { maxLength: 40 }), (inputs) => {
      let nowMs = 0;
      let link = neverSeen(0);
      for (const [laterMs, input] of inputs) {
        nowMs += laterMs;
        const stepped = stepConnectivity(link, input, nowMs);
        expect(stepped.state === link.state || isStep(connectivityTable, link.state, stepped.state)).toBe(true);
        expect(stepped.sinceMs).toBe(stepped.state === link.state ? link.sinceMs : nowMs);
        link = stepped;
      }
    }),
  );
  expect(connectivityEvents).toHaveLength(8);
});
