import { ConnectionBanner } from "@kerbside/apps-kit/live/connection-banner.tsx";
import type { MapPin } from "@kerbside/apps-kit/map/live-map.browser.ts";
import type { Session } from "@kerbside/proto/routes/accounts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Selection } from "../view/view.ts";
import { useView } from "../view/use-view.browser.ts";
import { hasEnded } from "./deliveries/delivery.ts";
import { Detail } from "./detail/detail.tsx";
import { Header } from "./header.tsx";
import { ListPane } from "./list-pane.tsx";
import { FleetMap } from "./map/fleet-map.tsx";
import { usePlaces } from "./map/use-places.browser.ts";
import { useRoutes } from "./map/use-routes.browser.ts";
import { useFleet } from "./use-fleet.browser.ts";
import "./mission-control.css";

export interface MissionControlProps {
  readonly session: Session;
  readonly onSignOut: () => void;
}

/** Map, list and detail over one selection, which is in the address. */
export function MissionControl({ session, onSignOut }: MissionControlProps) {
  const fleet = useFleet(`user:${session.user.user_id}`);
  const places = usePlaces();
  const view = useView();
  const [pane, setPane] = useState<"list" | "map">("list");
  const delivery = deliveryOf(view.selected, fleet.deliveries, fleet.robots);
  const robotId = robotOf(view.selected, delivery);
  const routes = useRoutes(robotId, fleet.robots.get(robotId ?? "")?.latest.mission_id ?? null);
  const pins = useMemo(() => [...places.pins, ...stopsOf(delivery)], [places.pins, delivery]);

  return (
    <div className="mc" data-pane={pane}>
      <Header session={session} onSignOut={onSignOut} />
      <div className="mc-banner">
        <ConnectionBanner statuses={fleet.statuses} />
      </div>
      <ListPane fleet={fleet} view={view} />
      <main className="mc-map">
        {places.center && (
          <FleetMap center={places.center} robots={fleet.robots} pins={pins} routes={routes} selected={view.selected} />
        )}
      </main>
      {view.selected && (
        <aside className="mc-detail">
          <Detail selected={view.selected} fleet={fleet} places={places} delivery={delivery} role={session.user.role} />
        </aside>
      )}
      <nav className="mc-switch" aria-label="What is shown">
        <SegmentedControl
          fullWidth
          size="md"
          value={pane}
          onChange={(value) => setPane(value === "map" ? "map" : "list")}
          data={[
            { value: "list", label: "List" },
            { value: "map", label: "Map" },
          ]}
        />
      </nav>
    </div>
  );
}

/** The delivery that is selected, or that the selected robot carries out. */
function deliveryOf(
  selected: Selection | null,
  deliveries: ReadonlyMap<string, DeliveryLive>,
  robots: ReturnType<typeof useFleet>["robots"],
): DeliveryLive | null {
  if (selected?.kind === "delivery") return deliveries.get(selected.id) ?? null;
  const id = selected?.kind === "robot" ? robots.get(selected.id)?.latest.delivery_id : null;
  return id ? (deliveries.get(id) ?? null) : null;
}

function robotOf(selected: Selection | null, delivery: DeliveryLive | null): string | null {
  if (selected?.kind === "robot") return selected.id;
  return delivery && !hasEnded(delivery.state) ? delivery.robot_id : null;
}

function stopsOf(delivery: DeliveryLive | null): readonly MapPin[] {
  if (!delivery) return [];
  const { delivery_id: id } = delivery;
  return [
    { id: `${id}/pickup`, kind: "pickup", place: { lat: delivery.pickup_lat, lng: delivery.pickup_lng } },
    { id: `${id}/dropoff`, kind: "dropoff", place: { lat: delivery.dropoff_lat, lng: delivery.dropoff_lng } },
  ];
}
