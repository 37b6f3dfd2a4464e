import { isStep } from "@kerbside/proto/states/table";
import { tripTable } from "@kerbside/proto/states/trip";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MissionFact, retell, stateAfter, type TripPlan, type TripStep, tripSteps } from "./trip.ts";

const plan: TripPlan = {
  stops: ["pickup", "dropoff", "hub"],
  serves: ["pickup", "dropoff"],
  createdAtMs: 0,
  withdrawnAtMs: null,
};
const home: TripPlan = { ...plan, serves: ["hub"] };
const happenings = ["accepted", "departed", "arrived", "stop_completed", "aborted", "completed", "refused"] as const;

function told(...words: readonly string[]): readonly MissionFact[] {
  return words.map((word, index) => {
    const [happened, stop] = word.split(" ");
    return {
      epoch: 1,
      seq: index + 1,
      atMs: (index + 1) * 1_000,
      happened: happenings.find((known) => known === happened) ?? "accepted",
      stop: plan.stops.find((kind) => kind === stop) ?? null,
      place: null,
      reason: null,
    };
  });
}

function states(steps: readonly TripStep[]): string {
  return steps.map(({ to }) => to).join(" ");
}

const whole = told(
  "accepted pickup",
  "departed pickup",
  "arrived pickup",
  "stop_completed pickup",
  "departed dropoff",
  "arrived dropoff",
  "stop_completed dropoff",
  "departed hub",
  "arrived hub",
  "stop_completed hub",
  "completed hub",
);

describe("a delivery's trip", () => {
  test.each([
    ["is reserved from its birth", [], "planned reserved"],
    ["is told step by step", whole, "planned reserved stopped on_trip stopped on_trip stopped ended"],
    ["is cancelled when the robot refuses", told("refused pickup"), "planned reserved cancelled"],
    [
      "is cancelled when it is given up on the way to the store",
      told("accepted pickup", "departed pickup", "aborted pickup"),
      "planned reserved stopped on_trip stopped cancelled",
    ],
    [
      "ends when it is given up with the goods aboard",
      told("departed pickup", "arrived pickup", "stop_completed pickup", "departed dropoff", "aborted dropoff"),
      "planned reserved stopped on_trip stopped on_trip stopped ended",
    ],
    [
      "has ended when the robot drives home, whether it told of the last step or not",
      told("departed dropoff", "departed hub"),
      "planned reserved stopped on_trip stopped ended",
    ],
    ["stops without having driven", told("arrived pickup"), "planned reserved stopped"],
  ])("%s", (_title, facts, expected) => {
    expect(states(tripSteps(plan, facts))).toBe(expected);
  });

  test("is cancelled when it was withdrawn before it began", () => {
    expect(states(tripSteps({ ...plan, withdrawnAtMs: 5 }, []))).toBe("planned reserved cancelled");
  });

  test("waits for the robot's word when it was withdrawn on the way", () => {
    const withdrawn = { ...plan, withdrawnAtMs: 5 };

    expect(states(tripSteps(withdrawn, told("departed pickup")))).toBe("planned reserved stopped on_trip");
    expect(states(tripSteps(withdrawn, told("departed pickup", "aborted pickup")))).toMatch(/stopped cancelled$/);
  });
});

describe("the trip home at the end of a mission", () => {
  test("begins when the robot sets out for the hub", () => {
    expect(states(tripSteps(home, whole))).toBe("planned reserved stopped on_trip stopped ended");
    expect(states(tripSteps(home, whole.slice(0, 7)))).toBe("planned reserved");
  });

  test("ends where another mission takes over", () => {
    expect(states(tripSteps(home, told("departed hub", "aborted hub")))).toBe(
      "planned reserved stopped on_trip stopped ended",
    );
  });
});

describe("any order of arrival", () => {
  test("tells the same trip", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...whole], { minLength: whole.length }), (facts) => {
        expect(tripSteps(plan, facts)).toEqual(tripSteps(plan, whole));
      }),
    );
  });

  test("and any words at all tell a legal one", () => {
    const word = fc.tuple(fc.constantFrom(...happenings), fc.constantFrom(...plan.stops));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.constantFrom(plan, home), (words, either) => {
        const steps = tripSteps(either, told(...words.map((pair) => pair.join(" "))));

        for (const { from, to } of steps.slice(1)) expect(isStep(tripTable, from ?? "planned", to)).toBe(true);
      }),
    );
  });
});

describe("what others are told", () => {
  const until = (count: number) => tripSteps(plan, whole.slice(0, count));

  test("is each new step, and nothing twice", () => {
    expect(retell(until(2), until(5)).news.map(({ to }) => to)).toEqual(["stopped", "on_trip"]);
    expect(retell(until(5), until(5)).news).toEqual([]);
  });

  test("is each step of the way that a late word makes known", () => {
    const without = tripSteps(plan, [...whole.slice(0, 2), ...whole.slice(4, 5)]);

    expect(stateAfter(without)).toBe("on_trip");
    expect(retell(without, until(6)).news.map(({ to }) => to)).toEqual(["stopped", "on_trip", "stopped"]);
  });

  test("is only where the trip is, when the way there was another one", () => {
    const [, , , ...later] = whole;
    const refused = tripSteps(plan, [...told("refused pickup"), ...later]);

    expect(retell(tripSteps(plan, later.slice(0, 2)), refused).news).toMatchObject([{ to: "cancelled" }]);
  });

  test("is nothing once the trip has ended, but a fuller way is kept", () => {
    const guessed = tripSteps({ ...plan, withdrawnAtMs: 9 }, []);
    const known = tripSteps({ ...plan, withdrawnAtMs: 9 }, told("departed pickup", "aborted pickup"));

    expect(retell(guessed, known)).toEqual({ steps: known, news: [] });
    expect(retell(guessed, tripSteps(plan, whole))).toEqual({ steps: guessed, news: [] });
  });
});
