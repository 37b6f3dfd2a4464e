import type { Map as MapLibre } from "maplibre-gl";
import { toneColors } from "../state/tone.ts";

type Draw = (context: CanvasRenderingContext2D, size: number) => void;

/** The map's few icons, drawn on a canvas, so that no sprite has to be fetched. */
export function drawIcons(map: MapLibre, look: "light" | "dark"): void {
  const ink = look === "light" ? "#ffffff" : "#12161b";
  const colors = toneColors[look];
  const icons: Readonly<Record<string, Draw>> = {
    arrow: arrow(ink),
    store: badge(colors.active, ink, "S"),
    hub: badge(colors.neutral, ink, "H"),
    pickup: badge(colors.active, ink, "P"),
    dropoff: badge(colors.good, ink, "D"),
  };
  for (const [name, draw] of Object.entries(icons)) {
    if (!map.hasImage(name)) map.addImage(name, image(draw), { pixelRatio: 2 });
  }
}

function image(draw: Draw): ImageData {
  const size = 44;
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2d canvas");
  draw(context, size);
  return context.getImageData(0, 0, size, size);
}

function arrow(color: string): Draw {
  return (context, size) => {
    const middle = size / 2;
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(middle, middle - 9);
    context.lineTo(middle + 7, middle + 7);
    context.lineTo(middle, middle + 3);
    context.lineTo(middle - 7, middle + 7);
    context.fill();
  };
}

function badge(ground: string, ink: string, letter: string): Draw {
  return (context, size) => {
    context.fillStyle = ground;
    context.strokeStyle = ink;
    context.lineWidth = 3;
    context.beginPath();
    context.roundRect(3, 3, size - 6, size - 6, 10);
    context.fill();
    context.stroke();
    context.fillStyle = ink;
    context.font = "bold 24px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, size / 2, size / 2 + 2);
  };
}
