import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import { answerPage, pageOf } from "@kerbside/proto/base/page";
import { asking, seen } from "@kerbside/proto/base/refuse";
import { toInstant } from "@kerbside/proto/base/time";
import type { MissionView, operationsRoutes, Trip } from "@kerbside/proto/routes/operations";
import { type MissionRow, PgOperationsStore, type TripRow } from "./store.pg.ts";

export function operationsHandlers({ db }: { readonly db: Database }): Handlers<typeof operationsRoutes> {
  const store = new PgOperationsStore(db);
  return {
    async listTrips({ query, principal }) {
      const page = pageOf(query);
      const filter = {
        organizationId: asking(principal).organizationId,
        robotId: query.robot_id,
        deliveryId: query.delivery_id,
        state: query.state,
        isOpen: query.status === "all" ? undefined : query.status === "open",
      };
      const end = ({ created_at, trip_id }: TripRow) => ({ createdAt: created_at, id: trip_id });
      return answerPage(await store.listTrips(filter, page), page, { view: tripView, end });
    },

    async getTrip({ params, principal }) {
      return tripView(seen(asking(principal), await store.findTrip(params.trip_id), "trip_not_found"));
    },

    async listMissions({ query, principal }) {
      const page = pageOf(query);
      const filter = {
        organizationId: asking(principal).organizationId,
        robotId: query.robot_id,
        deliveryId: query.delivery_id,
      };
      const end = ({ issued_at, mission_id }: MissionRow) => ({ createdAt: issued_at, id: mission_id });
      return answerPage(await store.listMissions(filter, page), page, { view: missionView, end });
    },
  };
}

function tripView(row: TripRow): Trip {
  return {
    trip_id: row.trip_id,
    robot_id: row.robot_id,
    delivery_id: row.delivery_id,
    attempt_id: row.attempt_id,
    trip_type: row.trip_type,
    state: row.state,
    state_since: row.state_since,
    distance_planned_m: row.distance_planned_m,
    created_at: row.created_at,
    ended_at: row.ended_at,
    steps: row.steps.map(({ from, to, atMs }) => ({ from, to, at: toInstant(atMs) })),
  };
}

function missionView(row: MissionRow): MissionView {
  const { mission_id, robot_id, delivery_id, status, reason, heads_for, at_stop, issued_at, ended_at, body } = row;
  const { stops, trip_id } = body;
  return { mission_id, robot_id, trip_id, delivery_id, status, reason, heads_for, at_stop, stops, issued_at, ended_at };
}
