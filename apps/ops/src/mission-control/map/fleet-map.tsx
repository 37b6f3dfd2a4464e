import { CityMap } from "@kerbside/apps-kit/map/city-map.tsx";
import type { LiveMap, MapPin, MapRobot, MapRoute } from "@kerbside/apps-kit/map/live-map.browser.ts";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import type { Place } from "@kerbside/proto/base/place";
import { useEffect, useRef, useState } from "react";
import type { Selection } from "../../view/view.ts";
import { changeView } from "../../view/use-view.browser.ts";
import { headline, isStale, type Robot } from "../robots/robot.ts";

export interface FleetMapProps {
  readonly center: Place;
  readonly robots: ReadonlyMap<string, Robot>;
  readonly pins: readonly MapPin[];
  readonly routes: readonly MapRoute[];
  readonly selected: Selection | null;
  /** The robot that is lit: the selected one, or the one of what is selected or pointed at. */
  readonly litRobotId: string | null;
}

/** The city with every robot on it. A click selects; the selection of list or address is brought into view once. */
export function FleetMap({ center, robots, pins, routes, selected, litRobotId }: FleetMapProps) {
  const [map, setMap] = useState<LiveMap | null>(null);
  const nowMs = useNow();
  const focused = useRef<string | null>(null);

  useEffect(() => {
    map?.showRobots([...robots.values()].flatMap((robot) => markOf(robot, nowMs)));
  }, [map, robots, nowMs]);
  useEffect(() => map?.showPins(pins), [map, pins]);
  useEffect(() => map?.showRoutes(routes), [map, routes]);
  useEffect(() => map?.select(litRobotId), [map, litRobotId]);

  const key = selected ? `${selected.kind}/${selected.id}` : null;
  const place = placeOf(selected, robots, pins);
  useEffect(() => {
    if (!map || focused.current === key || (key !== null && !place)) return;
    focused.current = key;
    if (place) map.focus(place);
  }, [map, key, place]);

  useEffect(
    () =>
      map?.onPick((pick) =>
        changeView({
          selected:
            pick &&
            (pick.kind === "pickup" || pick.kind === "dropoff"
              ? { kind: "delivery", id: deliveryOf(pick.id) }
              : { kind: pick.kind, id: pick.id }),
        }),
      ),
    [map],
  );

  return <CityMap label="Map of the city with robots, stores and hubs" center={center} onMap={setMap} />;
}

/** Pins of stops are called `{delivery}/{pickup|dropoff}`. */
function deliveryOf(pinId: string): string {
  return pinId.slice(0, pinId.indexOf("/"));
}

function markOf(robot: Robot, nowMs: number): readonly MapRobot[] {
  const { id, name, place, latest } = robot;
  if (!place) return [];
  const isDriving = latest.speed_mps !== null && latest.speed_mps > 0.2;
  return [
    {
      id,
      name,
      place,
      headingDeg: isDriving ? latest.heading_deg : null,
      tone: headline(robot).tone,
      isStale: isStale(robot, nowMs),
    },
  ];
}

function placeOf(
  selected: Selection | null,
  robots: ReadonlyMap<string, Robot>,
  pins: readonly MapPin[],
): Place | null {
  if (!selected) return null;
  if (selected.kind === "robot") return robots.get(selected.id)?.place ?? null;
  const id = selected.kind === "delivery" ? `${selected.id}/dropoff` : selected.id;
  return pins.find((pin) => pin.id === id)?.place ?? null;
}
