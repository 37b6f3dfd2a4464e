import type { Principal } from "@kerbside/proto/base/roles";
import { getTableColumns } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { deliveryShapes } from "./shapes.ts";
import { delivery } from "./tables.ts";
import { admin, ids, merchant, ops, partner, service } from "./people.fixture.ts";

const shape = (name: string) => deliveryShapes.find((one) => one.name === name);
const customer: Principal = {
  kind: "customer",
  id: "0198c000-0000-7000-8000-0000000000c1",
  organizationId: ids.organization,
  deliveryId: "0198c000-0000-7000-8000-0000000000d1",
  scope: "view",
};
const robot: Principal = { kind: "robot", id: ids.robot, organizationId: ids.organization };

describe("the board", () => {
  test.each([ops, admin])("shows people of ops their own organization's", (principal) => {
    expect(shape("deliveries")?.where(principal)).toEqual({
      sql: "organization_id = $1 AND live = true AND left_board_at IS NULL",
      params: [ids.organization],
    });
  });

  test.each<Principal>([partner, merchant, service, customer, robot])("is refused to $kind", (principal) => {
    expect(shape("deliveries")?.where(principal)).toBeNull();
  });
});

describe("the tracked delivery", () => {
  test("is the one that the link is for", () => {
    expect(shape("tracking-delivery")?.where(customer)).toEqual({
      sql: "delivery_id = $1",
      params: [customer.kind === "customer" ? customer.deliveryId : ""],
    });
  });

  test.each<Principal>([partner, merchant, service, ops, robot])("is refused to $kind", (principal) => {
    expect(shape("tracking-delivery")?.where(principal)).toBeNull();
  });

  test("tells nobody's name, number, notes, codes or price", () => {
    const told = shape("tracking-delivery")?.columns.join(" ") ?? "";

    expect(told).not.toMatch(/name_|_name_|phone|notes|price|items|dropoff_name|pickup_name|unit/);
  });
});

test.each(deliveryShapes)("every column of $name is in the table", ({ columns }) => {
  const known = Object.keys(getTableColumns(delivery));

  expect(columns.filter((column) => !known.includes(column))).toEqual([]);
});
