/** Paint for one look of the map. Quiet, so that robots and routes stand out on it. */
interface Palette {
  readonly ground: string;
  readonly residential: string;
  readonly busy: string;
  readonly green: string;
  readonly water: string;
  readonly building: string;
  readonly buildingEdge: string;
  readonly road: string;
  readonly roadEdge: string;
  readonly mainRoad: string;
  readonly footway: string;
}

const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    ground: "#f5f4f1",
    residential: "#f0eeea",
    busy: "#ebe8e6",
    green: "#dcead2",
    water: "#b5d3e7",
    building: "#e3dfd9",
    buildingEdge: "#d3cec6",
    road: "#ffffff",
    roadEdge: "#d9d5ce",
    mainRoad: "#fdf0d0",
    footway: "#c9b8a4",
  },
  dark: {
    ground: "#16191d",
    residential: "#191d21",
    busy: "#1c1f25",
    green: "#1b2a20",
    water: "#14303f",
    building: "#262b31",
    buildingEdge: "#30363d",
    road: "#3a4149",
    roadEdge: "#1e2227",
    mainRoad: "#4a4a3f",
    footway: "#54493d",
  },
};

export type Theme = keyof typeof palettes;

/** A MapLibre style over our tiles. It has no text, so a client needs neither glyphs nor sprites. */
export function mapStyle(theme: Theme, source: object): object {
  const paint = palettes[theme];
  return {
    version: 8,
    name: `Kerbside ${theme}`,
    sources: { city: { type: "vector", ...source } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": paint.ground } },
      area("landuse", landuseColor(paint)),
      area("water", paint.water, ["==", ["geometry-type"], "Polygon"]),
      line("water", { color: paint.water, width: [1, 3], filter: ["==", ["geometry-type"], "LineString"] }),
      {
        ...area("building", paint.building),
        paint: { "fill-color": paint.building, "fill-outline-color": paint.buildingEdge },
      },
      line("footway", { color: paint.footway, width: [0.5, 2.5], dash: [2, 1.5] }),
      line("road", { color: paint.roadEdge, width: [2, 16], id: "road-edge" }),
      line("road", { color: ["step", ["get", "rank"], paint.road, 3, paint.mainRoad], width: [1, 13] }),
    ],
  };
}

function landuseColor(paint: Palette): readonly unknown[] {
  return ["match", ["get", "kind"], ["green", "park"], paint.green, "busy", paint.busy, paint.residential];
}

function area(layer: string, color: unknown, filter?: readonly unknown[]): object {
  return {
    id: layer,
    type: "fill",
    source: "city",
    "source-layer": layer,
    ...(filter ? { filter } : {}),
    paint: { "fill-color": color },
  };
}

interface Stroke {
  readonly color: unknown;
  /** Pixels at zoom 11 and at zoom 18. */
  readonly width: readonly [number, number];
  readonly id?: string;
  readonly filter?: readonly unknown[];
  readonly dash?: readonly number[];
}

function line(layer: string, { color, width, id = `${layer}-line`, filter, dash }: Stroke): object {
  return {
    id,
    type: "line",
    source: "city",
    "source-layer": layer,
    ...(filter ? { filter } : {}),
    layout: { "line-cap": dash ? "butt" : "round", "line-join": "round" },
    paint: {
      "line-color": color,
      "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, width[0], 18, width[1]],
      ...(dash ? { "line-dasharray": dash } : {}),
    },
  };
}
