import { useShape } from "@kerbside/apps-kit/live/use-shape.browser.ts";
import { CityMap } from "@kerbside/apps-kit/map/city-map.tsx";
import type { LiveMap } from "@kerbside/apps-kit/map/live-map.browser.ts";
import { freshness } from "@kerbside/apps-kit/time/age.ts";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import type { Place } from "@kerbside/proto/base/place";
import type { TrackedDelivery, TrackedPosition } from "@kerbside/proto/shapes/shapes";
import { Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

export interface TrackerMapProps {
  readonly principal: string;
  readonly token: string;
}

/** Where the robot is, while it is on its way; its age beside it, and nothing invented in between. */
export function TrackerMap({ principal, token }: TrackerMapProps) {
  const [delivery] = useShape("tracking-delivery", { principal, token }).rows.values();
  const [position] = useShape("tracking-position", { principal, token }).rows.values();
  const [map, setMap] = useState<LiveMap | null>(null);
  const nowMs = useNow();
  const isFitted = useRef(false);
  const robot = position ? placeOf(position) : null;

  useEffect(() => {
    if (!map || !delivery) return;
    map.showPins([
      { id: "store", kind: "store", place: pickupOf(delivery) },
      { id: "door", kind: "dropoff", place: dropoffOf(delivery) },
    ]);
    map.showRoutes([{ id: "way", line: routeOf(delivery) }]);
    if (isFitted.current) return;
    isFitted.current = true;
    map.fit([pickupOf(delivery), dropoffOf(delivery)]);
  }, [map, delivery]);

  useEffect(() => {
    if (!map) return;
    map.showRobots(
      position && robot
        ? [
            {
              id: position.robot_id,
              place: robot,
              headingDeg: (position.speed_mps ?? 0) > 0.2 ? position.heading_deg : null,
              tone: "active" as const,
              isStale: freshness(atOf(position), position.interval_ms, nowMs) !== "fresh",
            },
          ]
        : [],
    );
  }, [map, position, robot, nowMs]);

  if (!delivery) return null;
  return (
    <figure style={{ margin: 0 }}>
      <div className="tracker-map">
        <CityMap
          label="Map with the robot, the store and your door"
          center={dropoffOf(delivery)}
          zoom={14}
          onMap={setMap}
        />
      </div>
      <Text component="figcaption" size="sm" className="kb-quiet" mt={4}>
        {position && robot ? (
          <>
            Robot seen <Age atMs={atOf(position)} intervalMs={position.interval_ms} /> ago
          </>
        ) : (
          "The robot shows here once it is on its way to you."
        )}
      </Text>
    </figure>
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

/** Pairs of latitude and longitude; empty where nothing was planned. */
function routeOf({ route_json: text }: TrackedDelivery): readonly Place[] {
  if (text === null) return [];
  const line: unknown = JSON.parse(text);
  if (!Array.isArray(line)) return [];
  return line.flatMap((pair: unknown) => {
    const [lat, lng]: unknown[] = Array.isArray(pair) ? pair : [];
    return typeof lat === "number" && typeof lng === "number" ? [{ lat, lng }] : [];
  });
}
