import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { deliveryColumns } from "./tables.ts";

test("an id of a delivery is told under the name that the contract has for it", () => {
  const ids: readonly (keyof DeliveryLive)[] = ["delivery_id", "external_id"];

  expect(deliveryColumns.map(({ name }) => name).filter((name) => name.endsWith("_id"))).toEqual(ids);
});
