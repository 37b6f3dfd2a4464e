import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Address, Place } from "../base/place.ts";
import { AddressInput } from "./deliveries.ts";

const people = ["user:admin", "user:ops", "user:pilot", "user:mechanic", "user:merchant"] as const;

/** Ends that one matrix may have on either side. */
export const matrixEndsMax = 500;

/** What the map covers, and from whom it comes. `version` changes whenever an answer could. */
export const MapDescription = z
  .object({
    version: z.string(),
    name: z.string(),
    attribution: z.string().describe("Has to be readable wherever the map is drawn."),
    center: Place,
    south_west: Place,
    north_east: Place,
    nodes: z.int(),
    edges: z.int(),
    addresses: z.int(),
    tiles_url: z.string().describe("TileJSON 3.0.0 of the vector tiles."),
  })
  .meta({ id: "MapDescription" });
export type MapDescription = z.infer<typeof MapDescription>;

/** An address on the map. `address.place` is where people point; `stop` is where a robot can stand for it. */
export const MappedAddress = z
  .object({
    address: Address,
    stop: Place,
    /** Straight metres from the one to the other. */
    walk_m: z.number().nonnegative(),
    /** `given` the coordinates came with the question, `house` that very number, `street` the number next to it. */
    precision: z.enum(["given", "house", "name", "street"]),
  })
  .meta({ id: "MappedAddress" });
export type MappedAddress = z.infer<typeof MappedAddress>;

/** One fastest walk. It begins and ends at the walkable points nearest to the two places. */
export const MapLeg = z
  .object({
    distance_m: z.number().nonnegative(),
    duration_s: z.number().nonnegative(),
    /** [lat, lng] pairs, first the start. */
    line: z.array(z.tuple([z.number(), z.number()])),
  })
  .meta({ id: "MapLeg" });
export type MapLeg = z.infer<typeof MapLeg>;

export const mapsRoutes = routes({
  describeMap: {
    method: "get",
    path: "/v1/maps",
    summary: "What the map covers, its version and whom to name",
    access: [...people, "partner", "service"],
    reply: MapDescription,
    faults: [],
  },
  searchAddresses: {
    method: "get",
    path: "/v1/maps/search",
    summary: "Addresses by what people type, in Cyrillic or Latin, best first",
    access: [...people, "service"],
    query: z.object({
      text: z.string().trim().min(1).max(300),
      limit: z.coerce.number().int().min(1).max(20).default(5),
    }),
    reply: z.object({
      items: z.array(
        z.object({
          text: z.string(),
          place: Place,
          precision: z.enum(["house", "name", "street"]),
          score: z.number().min(0).max(1),
        }),
      ),
    }),
    faults: [],
  },
  mapAddress: {
    method: "post",
    path: "/v1/maps/address",
    summary: "One address, given in words, by coordinates or both, put on the map",
    access: [...people, "service"],
    body: AddressInput,
    reply: MappedAddress,
    faults: ["outside_coverage"],
  },
  route: {
    method: "post",
    path: "/v1/maps/route",
    summary: "The fastest walk from place to place in the order given, one leg between each two",
    access: ["user:admin", "user:ops", "user:pilot", "service"],
    body: z.object({ places: z.array(Place).min(2).max(25) }),
    reply: z.object({ map_version: z.string(), legs: z.array(MapLeg) }),
    faults: ["outside_coverage", "no_route"],
  },
  matrix: {
    method: "post",
    path: "/v1/maps/matrix",
    summary: "Walking time and distance from each place to each other; null where there is no way",
    access: ["service"],
    body: z.object({ from: z.array(Place).max(matrixEndsMax), to: z.array(Place).max(matrixEndsMax) }),
    /** Row by row: cell `i * to.length + j` is from `i` to `j`. */
    reply: z.object({
      map_version: z.string(),
      duration_s: z.array(z.number().nullable()),
      distance_m: z.array(z.number().nullable()),
    }),
    faults: [],
    internal: true,
  },
  sampleAddresses: {
    method: "get",
    path: "/v1/maps/sample",
    summary: "Real addresses that robots can reach, drawn by chance: the same seed gives the same ones",
    access: ["service", "user:admin"],
    query: z.object({
      seed: z.coerce.number().int().min(0).max(4_294_967_295).default(1),
      count: z.coerce.number().int().min(1).max(1_000).default(50),
      /** `house` has street and number; `name` is a shop, a café, a school. */
      kind: z.enum(["house", "name"]).default("house"),
      lat: z.coerce.number().min(-90).max(90).optional(),
      lng: z.coerce.number().min(-180).max(180).optional(),
      /** With `lat` and `lng`: no further from there than this, straight. */
      radius_m: z.coerce.number().min(1).max(100_000).optional(),
    }),
    reply: z.object({ items: z.array(MappedAddress) }),
    faults: ["invalid_request"],
    internal: true,
  },
});
