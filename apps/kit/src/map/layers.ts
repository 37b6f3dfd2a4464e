import type { Tone } from "@kerbside/proto/states/table";
import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from "maplibre-gl";
import { toneColors } from "../state/tone.ts";

const tones: readonly Tone[] = ["neutral", "active", "good", "warn", "bad"];

/** What an expression compares with to find one robot by its id. */
export function isRobot(id: string): ExpressionSpecification {
  return ["==", ["get", "id"], id];
}

/** Those of the robots' layers that show the selected one only. */
export const selectedLayers = ["robot-selected", "robot-selected-name"] as const;

/**
 * The robots: a disc in the colour of the robot's tone, hollow where stale, with an arrow where it drives and an
 * exclamation mark where it needs a look, so that colour is never the only sign. Names come when there is room.
 */
export function robotLayers(look: "light" | "dark"): LayerSpecification[] {
  const edge = edges[look];
  return [
    {
      id: "robot-selected",
      type: "circle",
      source: "robots",
      filter: isRobot(""),
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 11, 14, 16, 18, 22],
        "circle-color": toneColor(look),
        "circle-opacity": 0.25,
        "circle-stroke-color": toneColor(look),
        "circle-stroke-width": 2,
      },
    },
    {
      id: "robot",
      type: "circle",
      source: "robots",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 3.5, 14, 8, 18, 12],
        "circle-color": ["case", ["get", "isStale"], edge, toneColor(look)],
        "circle-stroke-color": ["case", ["get", "isStale"], toneColor(look), edge],
        "circle-stroke-width": 2,
      },
    },
    { ...signLayer, id: "robot-arrow", minzoom: 13.5, filter: ["==", ["get", "sign"], "arrow"] },
    { ...signLayer, id: "robot-alarm", minzoom: 12, filter: ["==", ["get", "sign"], "alarm"] },
    { ...nameLayer(look), id: "robot-name", minzoom: 14 },
    {
      ...nameLayer(look),
      id: "robot-selected-name",
      filter: isRobot(""),
      layout: { ...nameLayout, "text-size": 13, "text-allow-overlap": true },
    },
  ];
}

/** Placing symbols is the dearest part of drawing thousands of robots: these are never held against each other. */
const signLayer: Omit<SymbolLayerSpecification, "id"> = {
  type: "symbol",
  source: "robots",
  layout: {
    "icon-image": ["get", "sign"],
    "icon-rotate": ["get", "heading"],
    "icon-rotation-alignment": "map",
    "icon-allow-overlap": true,
    "icon-ignore-placement": true,
    "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.5, 14, 0.75, 18, 1.1],
  },
};

const nameLayout: NonNullable<SymbolLayerSpecification["layout"]> = {
  "text-field": ["get", "name"],
  "text-size": 12,
  "text-anchor": "top",
  "text-offset": [0, 1],
  "text-max-width": 12,
};

function nameLayer(look: "light" | "dark", source: "robots" | "pins" = "robots"): Omit<SymbolLayerSpecification, "id"> {
  return {
    type: "symbol",
    source,
    layout: nameLayout,
    paint: {
      "text-color": look === "light" ? "#1b2129" : "#edf0f3",
      "text-halo-color": edges[look],
      "text-halo-width": 1.5,
    },
  };
}

/** The map's own style has no words: the browser's fonts write the streets' names, from the zoom on at which one drives. */
export function streetLayers(look: "light" | "dark"): LayerSpecification[] {
  return [
    {
      id: "street-name",
      type: "symbol",
      source: "city",
      "source-layer": "road",
      minzoom: 14,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 400,
        "text-field": ["get", "name"],
        "text-size": 11,
        "text-max-angle": 30,
      },
      paint: {
        "text-color": look === "light" ? "#5b6470" : "#98a3b0",
        "text-halo-color": edges[look],
        "text-halo-width": 1.5,
      },
    },
  ];
}

export function pinLayers(look: "light" | "dark"): LayerSpecification[] {
  return [
    {
      id: "pin",
      type: "symbol",
      source: "pins",
      layout: {
        "icon-image": ["get", "kind"],
        "icon-anchor": "bottom",
        "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.5, 15, 1],
      },
    },
    {
      ...nameLayer(look, "pins"),
      id: "pin-name",
      minzoom: 13.5,
      layout: { ...nameLayout, "text-anchor": "bottom", "text-offset": [0, -3] },
    },
  ];
}

/** The way that is being driven as a line, what comes after it dashed. */
export function routeLayers(look: "light" | "dark"): LayerSpecification[] {
  const line: Pick<Extract<LayerSpecification, { type: "line" }>, "type" | "source" | "layout"> = {
    type: "line",
    source: "routes",
    layout: { "line-cap": "round", "line-join": "round" },
  };
  const color = toneColors[look].active;
  return [
    {
      ...line,
      id: "route-later",
      filter: ["get", "isLater"],
      layout: { "line-cap": "butt", "line-join": "round" },
      paint: { "line-color": color, "line-width": 3, "line-opacity": 0.65, "line-dasharray": [2, 1.5] },
    },
    {
      ...line,
      id: "route-edge",
      filter: ["!", ["get", "isLater"]],
      paint: { "line-color": edges[look], "line-width": 8 },
    },
    { ...line, id: "route", filter: ["!", ["get", "isLater"]], paint: { "line-color": color, "line-width": 5 } },
  ];
}

const edges = { light: "#ffffff", dark: "#12161b" } as const;

function toneColor(look: "light" | "dark"): ExpressionSpecification {
  const colors = toneColors[look];
  const [first, ...rest] = tones.flatMap((tone) => [tone, colors[tone]]);
  return ["match", ["get", "tone"], first ?? "neutral", colors.neutral, ...rest.slice(1), colors.neutral];
}
