import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import type { MapPin } from "@kerbside/apps-kit/map/live-map.browser.ts";
import type { Place } from "@kerbside/proto/base/place";
import type { Hub, Store } from "@kerbside/proto/routes/config";
import { useMemo } from "react";
import { api } from "../../api.ts";

export interface Places {
  readonly stores: readonly Store[];
  readonly hubs: readonly Hub[];
  readonly pins: readonly MapPin[];
  /** The middle of the first market, of the map where there is none; null until it is known. */
  readonly center: Place | null;
  readonly problem: string | null;
}

/** Stores and hubs, asked for once: they change seldom. */
export function usePlaces(): Places {
  const { data, problem } = useCall({ subject: "places" }, async (signal) => {
    const [stores, hubs, markets] = await Promise.all([
      api.config.listStores({ query: { limit: 200 } }, signal),
      api.config.listHubs({ query: { limit: 200 } }, signal),
      api.config.listMarkets({ query: { limit: 1 } }, signal),
    ]);
    const center = markets.items[0]?.center ?? (await api.maps.describeMap({}, signal)).center;
    return { stores: stores.items, hubs: hubs.items, center };
  });
  return useMemo(() => {
    const { stores, hubs, center } = data ?? { stores: [], hubs: [], center: null };
    const pins: MapPin[] = [
      ...stores.map((store) => ({
        id: store.store_id,
        kind: "store" as const,
        place: store.address.place,
        name: store.merchant_name,
      })),
      ...hubs.map((hub) => ({ id: hub.hub_id, kind: "hub" as const, place: hub.place, name: hub.name })),
    ];
    return { stores, hubs, pins, center, problem };
  }, [data, problem]);
}
