import type { ShapePolicy } from "@kerbside/cloud-kit/service";
import type { DeliveryLive, TrackedDelivery } from "@kerbside/proto/shapes/shapes";

const boardColumns = [
  "delivery_id",
  "organization_id",
  "external_id",
  "merchant_name",
  "state",
  "state_since",
  "cancel_requested",
  "waiting_reason",
  "pickup_text",
  "pickup_lat",
  "pickup_lng",
  "dropoff_text",
  "dropoff_lat",
  "dropoff_lng",
  "robot_id",
  "robot_name",
  "eta_dropoff_p50_at",
  "eta_dropoff_p90_at",
  "eta_promised_at",
  "created_at",
] as const satisfies readonly (keyof DeliveryLive)[];

const trackedColumns = [
  "delivery_id",
  "merchant_name",
  "state",
  "state_since",
  "robot_name",
  "dropoff_text",
  "dropoff_lat",
  "dropoff_lng",
  "pickup_text",
  "pickup_lat",
  "pickup_lng",
  "eta_dropoff_p50_at",
  "eta_dropoff_p90_at",
  "eta_promised_at",
  "route_json",
  "last_unlock_status",
] as const satisfies readonly (keyof TrackedDelivery)[];

const boardRoles: ReadonlySet<string> = new Set(["admin", "ops", "pilot", "mechanic"]);

/** Ops follow their organization's board, a customer the one delivery that the link is for. */
export const deliveryShapes: readonly ShapePolicy[] = [
  {
    name: "deliveries",
    table: "delivery",
    columns: boardColumns,
    where: (principal) =>
      principal.kind === "user" && boardRoles.has(principal.role)
        ? { sql: "organization_id = $1 AND live = true AND left_board_at IS NULL", params: [principal.organizationId] }
        : null,
  },
  {
    name: "tracking-delivery",
    table: "delivery",
    columns: trackedColumns,
    where: (principal) =>
      principal.kind === "customer" ? { sql: "delivery_id = $1", params: [principal.deliveryId] } : null,
  },
];
