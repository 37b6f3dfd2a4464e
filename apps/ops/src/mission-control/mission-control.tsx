import { ConnectionBanner } from "@kerbside/apps-kit/live/connection-banner.tsx";
import { Wait } from "@kerbside/apps-kit/page/wait.tsx";
import type { Session } from "@kerbside/proto/routes/accounts";
import { Center, SegmentedControl, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { paneOf, type View } from "../view/view.ts";
import { changeView, useView } from "../view/use-view.browser.ts";
import { ChosenBar } from "./chosen-bar.tsx";
import { Detail } from "./detail/detail.tsx";
import { Header } from "./header.tsx";
import { ListPane } from "./list-pane.tsx";
import { litBy, stopPins } from "./lit.ts";
import { FleetMap } from "./map/fleet-map.tsx";
import { type Places, usePlaces } from "./map/use-places.browser.ts";
import { useRoutes } from "./map/use-routes.browser.ts";
import { type Fleet, useFleet } from "./use-fleet.browser.ts";
import "./mission-control.css";

export interface MissionControlProps {
  readonly session: Session;
  readonly onSignOut: () => void;
  /** The live rows are refused: the session may be over. */
  readonly onRefused: () => void;
}

/** Map, list and detail over one selection, which is in the address. */
export function MissionControl({ session, onSignOut, onRefused }: MissionControlProps) {
  const fleet = useFleet(`user:${session.user.user_id}`);
  const places = usePlaces();
  const view = useView();
  const [pointedId, setPointedId] = useState<string | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const toSearch = useCallback(() => {
    search.current?.focus();
    search.current?.select();
  }, []);
  const pane = paneOf(view);
  const { robot, delivery } = litBy(view.selected, fleet);

  const isRefused = fleet.statuses.some((status) => status?.reason === "refused");
  useEffect(() => {
    if (isRefused) onRefused();
  }, [isRefused, onRefused]);

  return (
    <div className="mc" data-pane={pane} data-selected={view.selected !== null}>
      <Header session={session} onSearch={toSearch} onSignOut={onSignOut} />
      <div className="mc-banner">
        <ConnectionBanner statuses={fleet.statuses} />
      </div>
      <ListPane fleet={fleet} view={view} search={search} onPoint={setPointedId} />
      <main className="mc-map">
        <Whereabouts fleet={fleet} places={places} view={view} pointedId={pointedId} />
      </main>
      {view.selected && (
        <aside className="mc-detail" aria-label="Details">
          <Detail selected={view.selected} fleet={fleet} places={places} delivery={delivery} role={session.user.role} />
        </aside>
      )}
      {robot && pane !== "detail" && <ChosenBar robot={robot} />}
      <nav className="mc-switch" aria-label="What is shown">
        <SegmentedControl
          fullWidth
          value={pane}
          onChange={(value) => changeView({ pane: value === "list" || value === "map" ? value : null })}
          data={[
            { value: "list", label: "List" },
            { value: "map", label: "Map" },
            ...(view.selected ? [{ value: "detail", label: "Details" }] : []),
          ]}
        />
      </nav>
    </div>
  );
}

/** So long somebody has to point at a delivery before its way is asked for. */
const pointedForMs = 150;

interface WhereaboutsProps {
  readonly fleet: Fleet;
  readonly places: Places;
  readonly view: View;
  readonly pointedId: string | null;
}

/** The map, with what is selected or pointed at lit: robot, stops and way. */
function Whereabouts({ fleet, places, view: { selected }, pointedId }: WhereaboutsProps) {
  const [pointed] = useDebouncedValue(pointedId, pointedForMs);
  const lit = litBy(pointed === null ? selected : { kind: "delivery", id: pointed }, fleet);
  const routes = useRoutes(lit.robot);
  const pins = useMemo(() => [...places.pins, ...stopPins(lit.delivery)], [places.pins, lit.delivery]);
  if (!places.center) {
    if (places.problem === null) return <Wait label="Loading the map" />;
    return (
      <Center h="100%" p="md">
        <Text role="alert">{places.problem}</Text>
      </Center>
    );
  }
  return (
    <FleetMap
      center={places.center}
      robots={fleet.robots}
      pins={pins}
      routes={routes}
      selected={selected}
      litRobotId={lit.robot?.id ?? null}
    />
  );
}
