import { expect, test } from "vitest";
import { isStep, statesOf } from "./table.ts";
import { tables } from "./tables.ts";

/** Written from the domain's words, not from the tables: where a thing may go from each state in one step. */
const legal: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  delivery: {
    created: "confirmed cancelled failed",
    confirmed: "enroute_to_pickup arrived_at_pickup created cancelled",
    enroute_to_pickup: "arrived_at_pickup created cancelled",
    arrived_at_pickup: "picked_up created cancelled",
    picked_up: "enroute_to_dropoff enroute_to_return failed",
    enroute_to_dropoff: "arrived_at_dropoff enroute_to_return failed",
    arrived_at_dropoff: "delivered enroute_to_dropoff enroute_to_return failed",
    enroute_to_return: "arrived_at_return failed",
    arrived_at_return: "returned failed",
  },
  attempt: {
    offered: "accepted rejected expired withdrawn",
    accepted: "active aborted",
    active: "succeeded failed aborted superseded",
  },
  quote: { requested: "offered declined", offered: "accepted expired withdrawn superseded" },
  trip: {
    planned: "reserved cancelled",
    reserved: "stopped cancelled",
    stopped: "on_trip ended cancelled",
    on_trip: "stopped",
  },
  lid: {
    closed_locked: "closed_locked unlock_authorised closed_unlocked open unknown",
    unlock_authorised: "unlock_authorised closed_unlocked closed_locked open unknown",
    closed_unlocked: "closed_unlocked open closed_locked opening unknown",
    open: "open closed_unlocked closing closed_locked unknown",
    opening: "opening open closing closed_unlocked closed_locked unknown",
    closing: "closing closed_unlocked opening open closed_locked unknown",
    unknown: "unknown closed_locked closed_unlocked open",
  },
  command: {
    created: "queued expired cancelled superseded",
    queued: "sent expired cancelled superseded",
    sent: "delivered expired cancelled superseded outcome_unknown",
    delivered: "accepted rejected expired cancelled superseded outcome_unknown",
    accepted: "executing expired cancelled superseded outcome_unknown",
    executing: "succeeded failed outcome_unknown",
  },
  transition_request: { requested: "accepted rejected", accepted: "applied superseded expired" },
  connectivity: {
    never_seen: "online",
    online: "degraded hibernating offline connection_broken",
    degraded: "online hibernating offline connection_broken",
    hibernating: "online non_contactable",
    offline: "online non_contactable",
    connection_broken: "online non_contactable",
    non_contactable: "online missing",
    missing: "online",
  },
  asset: {
    manufactured: "provisioned",
    provisioned: "commissioned",
    commissioned: "decommissioned",
    decommissioned: "commissioned retired",
  },
  service: {
    out_of_service: "in_service maintenance_on_site maintenance_depot",
    in_service: "out_of_service",
    maintenance_on_site: "maintenance_depot out_of_service",
    maintenance_depot: "out_of_service",
  },
  operational_state: {
    uninitialized: "idle error shutdown",
    idle: "working charging error shutdown uninitialized",
    working: "idle error shutdown uninitialized",
    charging: "idle working error shutdown uninitialized",
    error: "idle shutdown uninitialized",
    shutdown: "uninitialized",
  },
  control_mode: {
    STARTUP: "AUTOMATIC MANUAL SERVICE",
    AUTOMATIC: "SEMIAUTOMATIC INTERVENED MANUAL SERVICE STARTUP",
    SEMIAUTOMATIC: "AUTOMATIC INTERVENED MANUAL SERVICE STARTUP",
    INTERVENED: "AUTOMATIC SEMIAUTOMATIC MANUAL SERVICE STARTUP",
    MANUAL: "AUTOMATIC SERVICE TEACH_IN STARTUP",
    SERVICE: "AUTOMATIC MANUAL TEACH_IN STARTUP",
    TEACH_IN: "AUTOMATIC MANUAL SERVICE STARTUP",
  },
  motion_safety: {
    moving: "stopped safe_stop e_stop tipped_over lifted",
    stopped: "moving safe_stop e_stop tipped_over lifted",
    safe_stop: "stopped e_stop tipped_over lifted",
    e_stop: "stopped tipped_over lifted",
    tipped_over: "stopped e_stop lifted",
    lifted: "stopped e_stop tipped_over",
  },
};

test.each(Object.entries(tables))("%s takes the steps that the domain allows and no others", (name, table) => {
  for (const from of statesOf(table)) {
    const taken = statesOf(table).filter((to) => isStep(table, from, to));
    const allowed = (legal[name]?.[from] ?? "").split(" ").filter((state) => state !== "");
    expect({ from, to: [...taken].sort() }).toEqual({ from, to: [...allowed].sort() });
  }
});
