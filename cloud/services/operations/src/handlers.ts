import assert from "node:assert/strict";
import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import { fromCursor, type PageEnd, toCursor } from "@kerbside/proto/base/cursor";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import type { MissionView, operationsRoutes, Trip } from "@kerbside/proto/routes/operations";
import { type MissionRow, PgOperationsStore, type TripRow } from "./store.pg.ts";

export function operationsHandlers({ db }: { readonly db: Database }): Handlers<typeof operationsRoutes> {
  const store = new PgOperationsStore(db);
  return {
    async listTrips({ query, principal }) {
      const filter = {
        organizationId: organizationOf(principal),
        robotId: query.robot_id,
        deliveryId: query.delivery_id,
        state: query.state,
        isOpen: query.status === "all" ? undefined : query.status === "open",
      };
      const rows = await store.listTrips(filter, { after: pageEnd(query.cursor), limit: query.limit + 1 });
      return pageOf(rows, query.limit, tripView, ({ created_at, trip_id }) => ({ createdAt: created_at, id: trip_id }));
    },

    async getTrip({ params, principal }) {
      const row = await store.findTrip(params.trip_id);
      if (!row || !isSeenBy(principal, row)) throw new Fault("trip_not_found", { trip_id: params.trip_id });
      return tripView(row);
    },

    async listMissions({ query, principal }) {
      const filter = {
        organizationId: organizationOf(principal),
        robotId: query.robot_id,
        deliveryId: query.delivery_id,
      };
      const rows = await store.listMissions(filter, { after: pageEnd(query.cursor), limit: query.limit + 1 });
      return pageOf(rows, query.limit, missionView, ({ issued_at, mission_id }) => ({
        createdAt: issued_at,
        id: mission_id,
      }));
    },
  };
}

function tripView(row: TripRow): Trip {
  const { trip_id, robot_id, delivery_id, attempt_id, trip_type, state, state_since } = row;
  const { distance_planned_m, created_at, ended_at } = row;
  return {
    ...{ trip_id, robot_id, delivery_id, attempt_id, trip_type, state, state_since },
    ...{ distance_planned_m, created_at, ended_at },
    steps: row.steps.map(({ from, to, atMs }) => ({ from, to, at: toInstant(atMs) })),
  };
}

function missionView(row: MissionRow): MissionView {
  const { mission_id, robot_id, delivery_id, status, reason, heads_for, at_stop, issued_at, ended_at, body } = row;
  const stops = body.stops.map(({ kind, place, wait_limit_ms }) => ({ kind, place, wait_limit_ms }));
  const { trip_id } = body;
  return { mission_id, robot_id, trip_id, delivery_id, status, reason, heads_for, at_stop, stops, issued_at, ended_at };
}

/** One row more than the page was read, to know whether another page follows. */
function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
  endOf: (row: Row) => PageEnd,
): { items: Item[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(view), next_cursor: last && rows.length > limit ? toCursor(endOf(last)) : null };
}

function pageEnd(cursor: string | undefined): PageEnd | null {
  if (cursor === undefined) return null;
  const end = fromCursor(cursor);
  if (!end) throw new Fault("invalid_request", {}, [{ pointer: "/cursor", message: "not a cursor of this list" }]);
  return end;
}

/** Null for our own services, who see everybody's. */
function organizationOf(principal: Principal | null): string | null {
  assert(principal);
  return principal.organizationId;
}

function isSeenBy(principal: Principal | null, row: { readonly organization_id: string }): boolean {
  const organizationId = organizationOf(principal);
  return organizationId === null || organizationId === row.organization_id;
}
