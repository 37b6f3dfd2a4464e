import "maplibre-gl/dist/maplibre-gl.css";
import "./map.css";
import type { Place } from "@kerbside/proto/base/place";
import type { Tone } from "@kerbside/proto/states/table";
import type { Feature, FeatureCollection } from "geojson";
import {
  AttributionControl,
  type GeoJSONSource,
  Map as MapLibre,
  type MapMouseEvent,
  NavigationControl,
  setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { Pace } from "../live/pace.ts";
import { browserClock } from "../time/clock.browser.ts";
import { drawIcons } from "./icons.browser.ts";
import { isRobot, pinLayers, robotLayers, routeLayers, selectedLayers, streetLayers } from "./layers.ts";

setWorkerUrl(workerUrl);

export type Look = "light" | "dark";

export interface MapRobot {
  readonly id: string;
  readonly name: string;
  readonly place: Place;
  /** Null while it stands. */
  readonly headingDeg: number | null;
  readonly tone: Tone;
  readonly isStale: boolean;
}

export interface MapPin {
  readonly id: string;
  readonly kind: "store" | "hub" | "pickup" | "dropoff";
  readonly place: Place;
  /** Written above it where there is room. */
  readonly name: string;
}

export interface MapRoute {
  readonly id: string;
  readonly line: readonly Place[];
  /** Not driven yet: it comes after another. */
  readonly isLater: boolean;
}

export interface Pick {
  readonly kind: "robot" | "store" | "hub" | "pickup" | "dropoff";
  readonly id: string;
}

export interface LiveMapOptions {
  readonly look: Look;
  readonly center: Place;
  readonly zoom: number;
  readonly label: string;
  /** The page scrolls under one finger; the map moves under two. For maps within a page. */
  readonly isInPage: boolean;
}

/** Room for names, and for the buttons in the corner. */
const fitPaddingPx = { top: 72, right: 88, bottom: 56, left: 56 };

/** Every drawing of the robots is a drawing of the whole map: seldom enough for a small computer. */
const robotsEveryMs = 250;
const manyRobots = 300;
const manyRobotsEveryMs = 1_000;

const nameCharsMax = 28;

const sources = ["routes", "pins", "robots"] as const;
type SourceName = (typeof sources)[number];
type Features = FeatureCollection;

/** The map of the city with what moves on it. Holds WebGL memory: dispose of it. */
export class LiveMap implements Disposable {
  readonly #map: MapLibre;
  readonly #content = new Map<SourceName, Features>();
  readonly #pace = new Pace(browserClock, () => this.#show("robots", this.#robots.map(featureOf)));
  #robots: readonly MapRobot[] = [];
  #look: Look;
  #selected = "";
  /** What the map was fitted to, until somebody moves it. */
  #fitted: readonly Place[] = [];

  /** Begins to load at once; what is shown before it is ready appears when it is. */
  constructor(element: HTMLElement, options: LiveMapOptions) {
    this.#look = options.look;
    this.#map = new MapLibre({
      container: element,
      style: styleUrl(options.look),
      center: [options.center.lng, options.center.lat],
      zoom: options.zoom,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      cooperativeGestures: options.isInPage,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new AttributionControl({ compact: false }), "bottom-right");
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.#map.getCanvas().setAttribute("aria-label", options.label);
    this.#map.on("style.load", () => this.#furnish());
    this.#map.on("movestart", ({ originalEvent }) => {
      if (originalEvent) this.#fitted = [];
    });
  }

  setLook(look: Look): void {
    if (look === this.#look) return;
    this.#look = look;
    this.#map.setStyle(styleUrl(look), { diff: false });
  }

  /** Draws at once after a pause; a fleet that speaks without end a few times a second, a large one every second. */
  showRobots(robots: readonly MapRobot[]): void {
    if (isSameAs(this.#robots, robots)) return;
    this.#robots = robots;
    this.#pace.ask(robots.length > manyRobots ? manyRobotsEveryMs : robotsEveryMs);
  }

  showPins(pins: readonly MapPin[]): void {
    this.#show(
      "pins",
      pins.map(({ id, kind, place, name }) => point(place, { id, kind, name: shortened(name) })),
    );
  }

  showRoutes(routes: readonly MapRoute[]): void {
    this.#show(
      "routes",
      routes
        .filter(({ line }) => line.length > 1)
        .map(({ id, line, isLater }) => ({
          type: "Feature",
          properties: { id, isLater },
          geometry: { type: "LineString", coordinates: line.map(({ lat, lng }) => [lng, lat]) },
        })),
    );
  }

  /** Draws this one larger, and its name before all others. */
  select(id: string | null): void {
    this.#selected = id ?? "";
    for (const layer of selectedLayers) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, isRobot(this.#selected));
    }
  }

  /** Brings a place into the middle of what the panels leave free; keeps the zoom unless it is far out. */
  focus(place: Place): void {
    this.#fitted = [];
    this.#map.easeTo({ center: [place.lng, place.lat], zoom: Math.max(this.#map.getZoom(), 15), duration: 400 });
  }

  /** Shows all of these places at once. */
  fit(places: readonly Place[]): void {
    this.#fitted = places;
    if (places.length === 0) return;
    const lngs = places.map(({ lng }) => lng);
    const lats = places.map(({ lat }) => lat);
    const bounds: [number, number, number, number] = [
      Math.min(...lngs),
      Math.min(...lats),
      Math.max(...lngs),
      Math.max(...lats),
    ];
    this.#map.fitBounds(bounds, { padding: fitPaddingPx, maxZoom: 16, duration: 0 });
  }

  /** Hears what was clicked; null for the bare map. Returns how to stop listening. */
  onPick(listener: (pick: Pick | null) => void): () => void {
    const hear = (event: MapMouseEvent): void => listener(this.#pickAt(event));
    this.#map.on("click", hear);
    return () => void this.#map.off("click", hear);
  }

  resize(): void {
    this.#map.resize();
    this.fit(this.#fitted);
  }

  [Symbol.dispose](): void {
    this.#pace[Symbol.dispose]();
    this.#map.remove();
  }

  /** A finger is wider than a point: the nearest within 12 pixels counts. */
  #pickAt({ point: { x, y } }: MapMouseEvent): Pick | null {
    const layers = ["robot", "pin"].filter((layer) => this.#map.getLayer(layer));
    const [found] = this.#map.queryRenderedFeatures(
      [
        [x - 12, y - 12],
        [x + 12, y + 12],
      ],
      { layers },
    );
    const id: unknown = found?.properties["id"];
    if (typeof id !== "string") return null;
    const kind: unknown = found?.properties["kind"];
    return { id, kind: kind === "store" || kind === "hub" || kind === "pickup" || kind === "dropoff" ? kind : "robot" };
  }

  #show(name: SourceName, features: Features["features"]): void {
    const content: Features = { type: "FeatureCollection", features };
    this.#content.set(name, content);
    void this.#map.getSource<GeoJSONSource>(name)?.setData(content);
  }

  /** After every change of style: our sources, icons and layers again, with what was shown. */
  #furnish(): void {
    drawIcons(this.#map, this.#look);
    for (const name of sources) {
      const data = this.#content.get(name) ?? { type: "FeatureCollection", features: [] };
      this.#map.addSource(name, { type: "geojson", data });
    }
    const look = this.#look;
    for (const layer of [...streetLayers(look), ...routeLayers(look), ...pinLayers(look), ...robotLayers(look)])
      this.#map.addLayer(layer);
    this.select(this.#selected);
  }
}

function styleUrl(look: Look): string | StyleSpecification {
  return new URL(`/tiles/style/${look}.json`, window.location.origin).href;
}

function point({ lat, lng }: Place, properties: Readonly<Record<string, unknown>>): Feature {
  return { type: "Feature", properties: { ...properties }, geometry: { type: "Point", coordinates: [lng, lat] } };
}

function featureOf({ id, name, place, headingDeg, tone, isStale }: MapRobot): Feature {
  const isUrgent = tone === "bad" || tone === "warn";
  const sign = isStale ? "" : isUrgent ? "alarm" : headingDeg === null ? "" : "arrow";
  const heading = sign === "arrow" ? headingDeg : 0;
  return point(place, { id, name: shortened(name), tone, isStale, sign, heading });
}

/** A map has room for some of a name; lists and details have all of it. */
function shortened(name: string): string {
  return name.length > nameCharsMax ? `${name.slice(0, nameCharsMax - 1).trimEnd()}…` : name;
}

function isSameAs(before: readonly MapRobot[], after: readonly MapRobot[]): boolean {
  return (
    before.length === after.length &&
    before.every((robot, index) => {
      const other = after[index];
      return (
        other !== undefined &&
        other.id === robot.id &&
        other.place.lat === robot.place.lat &&
        other.place.lng === robot.place.lng &&
        other.headingDeg === robot.headingDeg &&
        other.tone === robot.tone &&
        other.isStale === robot.isStale &&
        other.name === robot.name
      );
    })
  );
}
