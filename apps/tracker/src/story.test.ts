import { deliveryStates } from "@kerbside/proto/states/delivery";
import { expect, test } from "vitest";
import { storyOf } from "./story.ts";

const told = { scope: "unlock", robot_name: "Robot 3", merchant_name: "Daredzhani", cancel_requested: false } as const;

test.each(deliveryStates)("a delivery that is %s has a sentence and what comes next", (state) => {
  const { sentence, next } = storyOf({ ...told, state });

  expect(sentence).not.toBe("");
  expect(next).not.toBe("");
});

test.each(["enroute_to_dropoff", "arrived_at_dropoff"] as const)(
  "who only watches a delivery that is %s is not asked to open the robot",
  (state) => {
    expect(storyOf({ ...told, state }).next).toMatch(/open/);
    expect(storyOf({ ...told, scope: "view", state }).next).toMatch(/^Whoever ordered/);
  },
);

test("a wish to cancel comes before the state, until the delivery has ended", () => {
  expect(storyOf({ ...told, state: "enroute_to_pickup", cancel_requested: true }).sentence).toMatch(/being cancelled/);
  expect(storyOf({ ...told, state: "delivered", cancel_requested: true }).sentence).toBe("Delivered");
});
