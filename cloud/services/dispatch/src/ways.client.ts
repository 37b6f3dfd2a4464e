import type { Client } from "@kerbside/proto/base/client";
import type { Place } from "@kerbside/proto/base/place";
import { type mapsRoutes, matrixEndsMax } from "@kerbside/proto/routes/maps";
import type { Ways } from "./ports.ts";
import { noWalks, type Walks } from "./walks.ts";

type Maps = Pick<Client<typeof mapsRoutes>, "mapAddress" | "route" | "matrix">;

/** The ways that the maps service knows. */
export class ClientWays implements Ways {
  readonly #maps: Maps;

  constructor(maps: Maps) {
    this.#maps = maps;
  }

  address(asked: Parameters<Ways["address"]>[0]): ReturnType<Ways["address"]> {
    return this.#maps.mapAddress({ body: asked });
  }

  async legs(places: readonly Place[]): ReturnType<Ways["legs"]> {
    const { map_version: mapVersion, legs } = await this.#maps.route({ body: { places: [...places] } });
    return { mapVersion, legs };
  }

  /** Asked for in blocks that one request may have. */
  async walks(from: readonly Place[], to: readonly Place[]): Promise<Walks> {
    const walks = noWalks(from.length, to.length);
    for (let top = 0; top < from.length; top += matrixEndsMax) {
      for (let left = 0; left < to.length; left += matrixEndsMax) {
        const rows = from.slice(top, top + matrixEndsMax);
        const columns = to.slice(left, left + matrixEndsMax);
        const block = await this.#maps.matrix({ body: { from: [...rows], to: [...columns] } });
        block.duration_s.forEach((durationS, cell) => {
          const distanceM = block.distance_m[cell] ?? null;
          if (durationS === null || distanceM === null) return;
          const i = top + Math.floor(cell / columns.length);
          const j = left + (cell % columns.length);
          walks.durationS[i * to.length + j] = durationS;
          walks.distanceM[i * to.length + j] = distanceM;
        });
      }
    }
    return walks;
  }
}
