type Tags = Readonly<Record<string, string>>;

/** A layer of the drawn map: which features it shows, from which zoom on, and the few words kept of their tags. */
export interface Layer {
  readonly name: "landuse" | "water" | "building" | "road" | "footway" | "place";
  readonly shapes: readonly ("point" | "line" | "area")[];
  /** The words that `describe` may answer with, and their types, for TileJSON. */
  readonly fields: Readonly<Record<string, "String" | "Number">>;
  /** The words to draw by, or null for a feature that this layer does not show. */
  readonly describe: (tags: Tags) => Readonly<Record<string, string | number>> | null;
  /** Smallest zoom at which a feature appears. */
  readonly fromZoom: (words: Readonly<Record<string, string | number>>) => number;
}

const greens = new Set(["grass", "forest", "village_green", "orchard", "meadow", "recreation_ground", "cemetery"]);
const parks = new Set(["park", "garden", "playground", "pitch", "stadium", "common"]);
const busy = new Set(["industrial", "commercial", "retail", "construction", "railway", "garages", "military"]);
const footways = new Set(["footway", "path", "pedestrian", "cycleway", "steps", "track"]);
const roadRanks: Readonly<Record<string, number>> = {
  motorway: 5,
  trunk: 5,
  primary: 4,
  secondary: 3,
  tertiary: 2,
  residential: 1,
  unclassified: 1,
  living_street: 1,
  service: 0,
};
/** Smallest zoom by rank of road. */
const roadZooms = [13, 12, 11, 10, 10, 10];

/** From the ground up, as they are painted. */
export const layers: readonly Layer[] = [
  {
    name: "landuse",
    shapes: ["area"],
    fields: { kind: "String" },
    describe: (tags) => {
      const kind = landuse(tags);
      return kind === null ? null : { kind };
    },
    fromZoom: () => 10,
  },
  {
    name: "water",
    shapes: ["area", "line"],
    fields: { kind: "String" },
    describe: (tags) => {
      const isWater = tags["natural"] === "water" || tags["landuse"] === "reservoir" || tags["waterway"] !== undefined;
      return isWater ? { kind: tags["waterway"] ?? "water" } : null;
    },
    fromZoom: () => 10,
  },
  {
    name: "building",
    shapes: ["area"],
    fields: {},
    describe: (tags) => (tags["building"] && tags["building"] !== "no" ? {} : null),
    fromZoom: () => 13,
  },
  {
    name: "road",
    shapes: ["line"],
    fields: { rank: "Number", name: "String" },
    describe: (tags) => {
      const kind = (tags["highway"] ?? "").replace("_link", "");
      const rank = roadRanks[kind];
      if (rank === undefined) return null;
      return tags["name"] ? { rank, name: tags["name"] } : { rank };
    },
    fromZoom: ({ rank }) => roadZooms[Number(rank)] ?? 13,
  },
  {
    name: "footway",
    shapes: ["line"],
    fields: { kind: "String" },
    describe: (tags) => (footways.has(tags["highway"] ?? "") ? { kind: tags["highway"] ?? "" } : null),
    fromZoom: () => 13,
  },
  {
    name: "place",
    shapes: ["point"],
    fields: { kind: "String", name: "String" },
    describe: (tags) => (tags["place"] && tags["name"] ? { kind: tags["place"], name: tags["name"] } : null),
    fromZoom: () => 10,
  },
];

function landuse(tags: Tags): string | null {
  const kind = tags["landuse"] ?? tags["leisure"] ?? tags["natural"] ?? "";
  if (greens.has(kind) || ["wood", "scrub", "grassland", "wetland"].includes(kind)) return "green";
  if (parks.has(kind)) return "park";
  if (busy.has(kind)) return "busy";
  return kind === "residential" ? "residential" : null;
}
