import { toInstant } from "@kerbside/proto/base/time";

/** What deliveries tells when somebody has ordered. */
export function orderedEvent(delivery_id: string, organization_id: string) {
  const address = { text: "here", place: { lat: 51, lng: 71 } };
  const at = toInstant(Date.UTC(2026, 0, 5, 9));
  return {
    subject_id: delivery_id,
    organization_id,
    event_time: at,
    actor: { kind: "service", id: "deliveries" } as const,
    body: {
      happened: "created" as const,
      from: null,
      delivery: {
        delivery_id,
        external_id: null,
        partner_id: null,
        merchant_id: null,
        store_id: null,
        state: "created" as const,
        state_since: at,
        version: 1,
        cancel_requested: false,
        reason: null,
        pickup: address,
        dropoff: address,
        pickup_ready_at: at,
        dropoff_deadline_at: at,
        robot_id: null,
        robot_name: null,
        attempt_id: null,
        eta_pickup_at: null,
        eta_dropoff_p50_at: null,
        eta_dropoff_p90_at: null,
      },
    },
  };
}
