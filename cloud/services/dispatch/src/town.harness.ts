import type { Place } from "@kerbside/proto/base/place";
import { Fault } from "@kerbside/proto/base/fault";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Call, Reply } from "@kerbside/proto/base/endpoint";
import type { configRoutes } from "@kerbside/proto/routes/config";
import type { mapsRoutes } from "@kerbside/proto/routes/maps";
import type { DeliverySnapshot } from "@kerbside/proto/events/deliveries";

export const organizationId = "018f0000-0000-7000-8000-000000000001";
export const marketId = "018f0000-0000-7000-8000-000000000002";
export const hubId = "018f0000-0000-7000-8000-000000000003";
export const center: Place = { lat: 51.16, lng: 71.43 };
/** 09:00 in UTC, 14:00 in the town. */
export const startMs = Date.UTC(2026, 0, 5, 9);
const startedAt = new Date(startMs).toISOString();

/** So many metres east and north of the centre. */
export function at(eastM: number, northM = 0): Place {
  return {
    lat: center.lat + northM / 111_195,
    lng: center.lng + eastM / (111_195 * Math.cos((center.lat * Math.PI) / 180)),
  };
}

export function id(n: number): string {
  return `018f0000-0000-7000-8000-${n.toString().padStart(12, "0")}`;
}

/** Maps of a plain on which everybody walks straight at 1.25 m/s, as far as 20 km; config with one market and one hub. */
export class Town {
  /** Set to make maps answer nothing. */
  isMapsDown = false;
  hubs = [{ hub_id: hubId, place: center }];
  legsAsked = 0;

  readonly maps = {
    mapAddress: async ({ body }: Call<(typeof mapsRoutes)["mapAddress"]>) => {
      this.#refuse();
      const place = body.place ?? (body.text === "the corner" ? at(100) : null);
      if (!place || !isCovered(place)) throw new Fault("outside_coverage", { text: body.text });
      const address = { text: body.text ?? "somewhere", ...(body.unit ? { unit: body.unit } : {}), place };
      return { address, stop: place, walk_m: 0, precision: "given" as const };
    },
    route: async ({ body: { places } }: Call<(typeof mapsRoutes)["route"]>) => {
      this.#refuse();
      this.legsAsked += 1;
      if (!places.every(isCovered)) throw new Fault("outside_coverage");
      const legs = places.slice(1).map((to, i) => leg(places[i] ?? to, to));
      return { map_version: "plain", legs };
    },
    matrix: async ({ body: { from, to } }: Call<(typeof mapsRoutes)["matrix"]>) => {
      this.#refuse();
      const cells = from.flatMap((a) => to.map((b) => (isCovered(a) && isCovered(b) ? leg(a, b) : null)));
      return {
        map_version: "plain",
        duration_s: cells.map((cell) => cell?.duration_s ?? null),
        distance_m: cells.map((cell) => cell?.distance_m ?? null),
      };
    },
  };

  readonly config = {
    listMarkets: async (): Promise<Reply<(typeof configRoutes)["listMarkets"]>> => ({
      items: [
        {
          market_id: marketId,
          organization_id: organizationId,
          name: "Plain",
          timezone: "Asia/Almaty",
          center,
          radius_m: 8_000,
          created_at: startedAt,
          updated_at: startedAt,
          fare: { currency: "KZT", base_minor: 50_000, per_km_minor: 10_000 },
        },
      ],
      next_cursor: null,
    }),
    listHubs: async (): Promise<Reply<(typeof configRoutes)["listHubs"]>> => ({
      items: this.hubs.map((hub) => ({
        ...hub,
        organization_id: organizationId,
        market_id: marketId,
        name: "Base",
        created_at: startedAt,
        updated_at: startedAt,
      })),
      next_cursor: null,
    }),
  };

  #refuse(): void {
    if (this.isMapsDown) throw new Fault("unavailable", { detail: "maps is away" });
  }
}

export function snapshot(n: number, change: Partial<DeliverySnapshot> = {}): DeliverySnapshot {
  return {
    delivery_id: id(n),
    external_id: `order-${n}`,
    partner_id: null,
    merchant_id: null,
    store_id: null,
    state: "created",
    state_since: startedAt,
    version: 1,
    cancel_requested: false,
    reason: null,
    pickup: { text: "the store", place: at(500) },
    dropoff: { text: "the customer", place: at(1_500) },
    pickup_ready_at: startedAt,
    dropoff_deadline_at: new Date(startMs + 3_600_000).toISOString(),
    robot_id: null,
    robot_name: null,
    attempt_id: null,
    eta_pickup_at: null,
    eta_dropoff_p50_at: null,
    eta_dropoff_p90_at: null,
    ...change,
  };
}

function leg(from: Place, to: Place) {
  const distance_m = Math.round(distanceM(from, to) * 100) / 100;
  const line: [number, number][] = [
    [from.lat, from.lng],
    [to.lat, to.lng],
  ];
  return { distance_m, duration_s: Math.round((distance_m / 1.25) * 1_000) / 1_000, line };
}

function isCovered(place: Place): boolean {
  return distanceM(center, place) <= 20_000;
}
