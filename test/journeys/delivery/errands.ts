import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { PlannedStore, Spot } from "@kerbside/sim/seed/plan";
import type { CityGround } from "@kerbside/sim/seed/seed";

/** A store and somebody near it, so that a journey is over soon. */
export interface Errand {
  readonly store: PlannedStore;
  readonly home: Spot;
  /** Straight metres from the hub by the store to the door. */
  readonly wayM: number;
}

/** Nearer than this a robot would hardly drive. */
const doorM = 60;

/** The shortest errand from each hub, the shortest of all first; no store comes twice. */
export function shortErrands({ plan, homes }: CityGround): readonly Errand[] {
  const taken = new Set<string>();
  const errands = plan.hubs.map(({ place }): Errand => {
    const free = plan.stores.filter(({ storeId }) => !taken.has(storeId));
    const errand = shortest(free.flatMap((store) => errandsOf(store, homes, place)));
    taken.add(errand.store.storeId);
    return errand;
  });
  return errands.toSorted((a, b) => a.wayM - b.wayM);
}

function errandsOf(store: PlannedStore, homes: readonly Spot[], hub: Place): readonly Errand[] {
  const { place } = store.address;
  return homes
    .filter(({ stop }) => distanceM(place, stop) >= doorM)
    .map((home) => ({ store, home, wayM: distanceM(hub, place) + distanceM(place, home.stop) }));
}

function shortest(errands: readonly Errand[]): Errand {
  const [first] = errands.toSorted((a, b) => a.wayM - b.wayM);
  if (!first) throw new RangeError("nobody lives near a store of this city");
  return first;
}
