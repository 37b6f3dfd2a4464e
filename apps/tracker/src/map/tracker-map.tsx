import { useShape } from "@kerbside/apps-kit/live/use-shape.browser.ts";
import { CityMap } from "@kerbside/apps-kit/map/city-map.tsx";
import type { LiveMap } from "@kerbside/apps-kit/map/live-map.browser.ts";
import { ageText, freshness } from "@kerbside/apps-kit/time/age.ts";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import type { Place } from "@kerbside/proto/base/place";
import type { TrackedDelivery, TrackedPosition } from "@kerbside/proto/shapes/shapes";
import { Text } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { routeOf } from "./route.ts";

export interface TrackerMapProps {
  readonly principal: string;
  readonly token: string;
}

/** Where the robot is, while it is on its way; its age beside it, and nothing invented in between. */
export function TrackerMap({ principal, token }: TrackerMapProps) {
  const [delivery] = useShape("tracking-delivery", { principal, token }).rows.values();
  const [position] = useShape("tracking-position", { principal, token }).rows.values();
  if (!delivery) return null;
  return <Shown delivery={delivery} position={position ?? null} />;
}

interface ShownProps {
  readonly delivery: TrackedDelivery;
  readonly position: TrackedPosition | null;
}

function Shown({ delivery, position }: ShownProps) {
  const [map, setMap] = useState<LiveMap | null>(null);
  const nowMs = useNow();
  const fittedTo = useRef("");
  const robot = useMemo(() => (position ? placeOf(position) : null), [position]);
  const isStale = position !== null && freshness(atOf(position), position.interval_ms, nowMs) !== "fresh";

  useEffect(() => {
    if (!map) return;
    map.showPins([
      { id: "store", kind: "store", place: pickupOf(delivery), name: "Store" },
      { id: "door", kind: "dropoff", place: dropoffOf(delivery), name: "Your door" },
    ]);
    map.showRoutes([{ id: "way", line: routeOf(delivery.route_json), isLater: false }]);
  }, [map, delivery]);

  // Fitted when the map comes and when the robot first shows, then left to whoever looks.
  useEffect(() => {
    const fitting = robot ? "robot" : "store";
    if (!map || fittedTo.current === fitting) return;
    fittedTo.current = fitting;
    map.fit([robot ?? pickupOf(delivery), dropoffOf(delivery)]);
  }, [map, delivery, robot]);

  useEffect(() => {
    map?.showRobots(
      position && robot
        ? [
            {
              id: position.robot_id,
              name: delivery.robot_name ?? "",
              place: robot,
              headingDeg: (position.speed_mps ?? 0) > 0.2 ? position.heading_deg : null,
              tone: "active" as const,
              isStale,
            },
          ]
        : [],
    );
  }, [map, delivery.robot_name, position, robot, isStale]);

  return (
    <figure style={{ margin: 0 }}>
      <div className="tracker-map">
        <CityMap
          label="Map with the robot, the store and your door"
          center={dropoffOf(delivery)}
          zoom={14}
          isInPage
          onMap={setMap}
        />
      </div>
      <Text component="figcaption" size="sm" className="kb-quiet" mt={6}>
        {position && robot ? (
          <Seen atMs={atOf(position)} isStale={isStale} nowMs={nowMs} />
        ) : (
          "The robot shows here once it is on its way to you."
        )}
      </Text>
    </figure>
  );
}

interface SeenProps {
  readonly atMs: number | null;
  readonly isStale: boolean;
  readonly nowMs: number;
}

function Seen({ atMs, isStale, nowMs }: SeenProps) {
  if (atMs === null) return "Where the robot is, is not known.";
  const age = ageText(nowMs - atMs);
  if (!isStale) return age === "now" ? "Where the robot is now." : `Where the robot was ${age} ago.`;
  return (
    <span className="kb-tone-warn-text">
      The robot was here {age} ago. It may be somewhere else by now: it has no network at the moment.
    </span>
  );
}

function placeOf({ lat, lng }: TrackedPosition): Place | null {
  return lat === null || lng === null ? null : { lat, lng };
}

function atOf({ at }: TrackedPosition): number | null {
  return at === null ? null : Number(at);
}

function pickupOf(delivery: TrackedDelivery): Place {
  return { lat: delivery.pickup_lat, lng: delivery.pickup_lng };
}

function dropoffOf(delivery: TrackedDelivery): Place {
  return { lat: delivery.dropoff_lat, lng: delivery.dropoff_lng };
}
