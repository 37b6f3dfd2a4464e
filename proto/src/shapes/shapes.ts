/** The live tables that principals may follow, by name, with the rows as the client sees them. Zod-free, for browsers. */
export interface Shapes {
  /** A robot's own mirror: everything it must know. Principal: robot. */
  readonly mirror: {
    readonly robot_id: string;
    readonly kind: string;
    readonly id: string;
    readonly version: number;
    readonly body: string | null;
  };
  /** Every robot's latest word, for mission-control. Principal: user (admin, ops, pilot, mechanic). */
  readonly "fleet-live": RobotLatest;
  /** Open deliveries and those that ended in the last 24 h. Principal: user (admin, ops, pilot, mechanic). */
  readonly deliveries: DeliveryLive;
  /** The one delivery a tracking link shows. Principal: customer. */
  readonly "tracking-delivery": TrackedDelivery;
  /** Where the robot is that carries it; empty before it is on its way and after it delivered. Principal: customer. */
  readonly "tracking-position": TrackedPosition;
}
export type ShapeName = keyof Shapes;

/** robot_gateway.latest. Times are integer milliseconds since 1970 (int8 columns, so bigint in clients). */
export interface RobotLatest {
  readonly robot_id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly speed_mps: number | null;
  readonly heading_deg: number | null;
  readonly battery_pct: number | null;
  readonly lid: string | null;
  readonly lid_flags: readonly string[];
  readonly operational_state: string | null;
  readonly control_mode: string | null;
  readonly motion_safety: string | null;
  readonly connectivity: string;
  readonly connectivity_since: bigint;
  readonly mission_id: string | null;
  readonly delivery_id: string | null;
  /** Which stop it heads for or stands at: pickup, dropoff, return, hub. */
  readonly stop: string | null;
  readonly at_stop: boolean;
  /** When the robot measured this, and when its next word is due. */
  readonly at: bigint | null;
  readonly interval_ms: number;
}

/** deliveries.delivery, the columns of the board. */
export interface DeliveryLive {
  readonly delivery_id: string;
  readonly organization_id: string;
  readonly external_id: string | null;
  readonly merchant_name: string;
  readonly state: string;
  readonly state_since: string;
  readonly cancel_requested: boolean;
  readonly waiting_reason: string | null;
  readonly pickup_text: string;
  readonly pickup_lat: number;
  readonly pickup_lng: number;
  readonly dropoff_text: string;
  readonly dropoff_lat: number;
  readonly dropoff_lng: number;
  readonly robot_id: string | null;
  readonly robot_name: string | null;
  readonly eta_dropoff_p50_at: string | null;
  readonly eta_dropoff_p90_at: string | null;
  /** The P90 with which it was ordered: whatever is expected after it is late. */
  readonly eta_promised_at: string | null;
  readonly created_at: string;
}

/** deliveries.delivery, the columns a customer may see. */
export interface TrackedDelivery {
  readonly delivery_id: string;
  readonly merchant_name: string;
  readonly state: string;
  readonly state_since: string;
  readonly robot_name: string | null;
  readonly dropoff_text: string;
  readonly dropoff_lat: number;
  readonly dropoff_lng: number;
  readonly pickup_text: string;
  readonly pickup_lat: number;
  readonly pickup_lng: number;
  readonly eta_dropoff_p50_at: string | null;
  readonly eta_dropoff_p90_at: string | null;
  /** The P90 with which it was ordered: whatever is expected after it is late. */
  readonly eta_promised_at: string | null;
  readonly route_json: string | null;
  readonly last_unlock_status: string | null;
}

export type TrackedPosition = Pick<
  RobotLatest,
  | "robot_id"
  | "delivery_id"
  | "lat"
  | "lng"
  | "heading_deg"
  | "speed_mps"
  | "at"
  | "interval_ms"
  | "connectivity"
  | "stop"
  | "at_stop"
  | "lid"
>;
