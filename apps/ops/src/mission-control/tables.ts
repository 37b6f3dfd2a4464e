import type { Column } from "@kerbside/apps-kit/table/csv.ts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryLabel } from "./deliveries/delivery.ts";
import { headline, type Robot } from "./robots/robot.ts";

/** What a table of robots tells of each; times are RFC 3339. */
export const robotColumns: readonly Column<Robot>[] = [
  { name: "robot_id", of: ({ id }) => id },
  { name: "name", of: ({ name }) => name },
  { name: "says", of: (robot) => headline(robot).text },
  { name: "last_heard", of: ({ atMs }) => (atMs === null ? null : new Date(atMs).toISOString()) },
  { name: "connectivity", of: ({ latest }) => latest.connectivity },
  { name: "battery_pct", of: ({ latest }) => latest.battery_pct },
  { name: "latitude", of: ({ place }) => place?.lat ?? null },
  { name: "longitude", of: ({ place }) => place?.lng ?? null },
  { name: "delivery_id", of: ({ latest }) => latest.delivery_id },
];

export const deliveryColumns: readonly Column<DeliveryLive>[] = [
  { name: "delivery_id", of: (delivery) => delivery.delivery_id },
  { name: "external_id", of: (delivery) => delivery.external_id },
  { name: "merchant", of: (delivery) => delivery.merchant_name },
  { name: "from", of: (delivery) => delivery.pickup_text },
  { name: "to", of: (delivery) => delivery.dropoff_text },
  { name: "says", of: (delivery) => deliveryLabel(delivery).text },
  { name: "since", of: (delivery) => delivery.state_since },
  { name: "robot", of: (delivery) => delivery.robot_name },
  { name: "ordered", of: (delivery) => delivery.created_at },
];
