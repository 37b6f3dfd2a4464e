import type { Tone } from "@kerbside/proto/states/table";
import type { LayerSpecification, ExpressionSpecification } from "maplibre-gl";
import { toneColors } from "../state/tone.ts";

const tones: readonly Tone[] = ["neutral", "active", "good", "warn", "bad"];

/** The robots: a disc in the colour of the robot's tone, hollow where stale, an arrow where it drives. */
export function robotLayers(look: "light" | "dark"): LayerSpecification[] {
  const edge = look === "light" ? "#ffffff" : "#12161b";
  const radius: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 10, 3.5, 14, 7, 18, 11];
  return [
    {
      id: "robot-selected",
      type: "circle",
      source: "robots",
      filter: ["==", ["get", "id"], ""],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 9, 14, 14, 18, 20],
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
        "circle-radius": radius,
        "circle-color": ["case", ["get", "isStale"], edge, toneColor(look)],
        "circle-stroke-color": ["case", ["get", "isStale"], toneColor(look), edge],
        "circle-stroke-width": 2,
      },
    },
    {
      id: "robot-heading",
      type: "symbol",
      source: "robots",
      minzoom: 13,
      filter: [">=", ["get", "heading"], 0],
      layout: {
        "icon-image": "arrow",
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 13, 0.5, 18, 1],
      },
    },
  ];
}

export function pinLayers(): LayerSpecification[] {
  return [
    {
      id: "pin",
      type: "symbol",
      source: "pins",
      layout: {
        "icon-image": ["get", "kind"],
        "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.5, 15, 1],
      },
    },
  ];
}

export function routeLayers(look: "light" | "dark"): LayerSpecification[] {
  const line: Pick<Extract<LayerSpecification, { type: "line" }>, "type" | "source" | "layout"> = {
    type: "line",
    source: "routes",
    layout: { "line-cap": "round", "line-join": "round" },
  };
  return [
    { ...line, id: "route-edge", paint: { "line-color": look === "light" ? "#ffffff" : "#12161b", "line-width": 7 } },
    { ...line, id: "route", paint: { "line-color": toneColors[look].active, "line-width": 4, "line-opacity": 0.9 } },
  ];
}

function toneColor(look: "light" | "dark"): ExpressionSpecification {
  const colors = toneColors[look];
  const [first, ...rest] = tones.flatMap((tone) => [tone, colors[tone]]);
  return ["match", ["get", "tone"], first ?? "neutral", colors.neutral, ...rest.slice(1), colors.neutral];
}
