import type { Map as MapLibre } from "maplibre-gl";
import { toneColors } from "../state/tone.ts";

interface Icon {
  readonly width: number;
  readonly height: number;
  readonly draw: (context: CanvasRenderingContext2D) => void;
}

/** The map's few icons, drawn on a canvas, so that no sprite has to be fetched. */
export function drawIcons(map: MapLibre, look: "light" | "dark"): void {
  const ink = look === "light" ? "#ffffff" : "#12161b";
  const colors = toneColors[look];
  const icons: Readonly<Record<string, Icon>> = {
    arrow: arrow(ink),
    alarm: alarm(ink),
    store: pin(colors.active, ink, "S"),
    hub: pin(colors.neutral, ink, "H"),
    pickup: pin(colors.active, ink, "P"),
    dropoff: pin(colors.good, ink, "D"),
  };
  for (const [name, icon] of Object.entries(icons)) {
    if (!map.hasImage(name)) map.addImage(name, image(icon), { pixelRatio: 2 });
  }
}

function image({ width, height, draw }: Icon): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2d canvas");
  draw(context);
  return context.getImageData(0, 0, width, height);
}

function arrow(color: string): Icon {
  return {
    width: 32,
    height: 32,
    draw(context) {
      context.fillStyle = color;
      context.beginPath();
      context.moveTo(16, 6);
      context.lineTo(23, 24);
      context.lineTo(16, 19);
      context.lineTo(9, 24);
      context.fill();
    },
  };
}

function alarm(color: string): Icon {
  return {
    width: 32,
    height: 32,
    draw(context) {
      context.fillStyle = color;
      context.fillRect(14, 7, 4, 11);
      context.fillRect(14, 21, 4, 4);
    },
  };
}

/** A badge on a foot: the foot stands on the place, so that a robot there is not hidden. */
function pin(ground: string, ink: string, letter: string): Icon {
  return {
    width: 48,
    height: 68,
    draw(context) {
      context.fillStyle = ground;
      context.strokeStyle = ink;
      context.lineWidth = 3;
      context.beginPath();
      context.roundRect(3, 3, 42, 42, 10);
      context.moveTo(16, 45);
      context.lineTo(24, 64);
      context.lineTo(32, 45);
      context.fill();
      context.beginPath();
      context.roundRect(3, 3, 42, 42, 10);
      context.stroke();
      context.fillStyle = ground;
      context.fillRect(16.5, 42, 15, 5);
      context.fillStyle = ink;
      context.font = "bold 26px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(letter, 24, 25);
    },
  };
}
