import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import type { MapRoute } from "@kerbside/apps-kit/map/live-map.browser.ts";
import { useMemo } from "react";
import { api } from "../../api.ts";
import type { Robot } from "../robots/robot.ts";
import { legsAhead } from "./legs-ahead.ts";

/** The way that a robot has before it, by its present mission. Empty for none. */
export function useRoutes(robot: Robot | null): readonly MapRoute[] {
  const { mission_id: missionId, stop, at_stop: isAtStop } = robot?.latest ?? nowhere;
  const { data } = useCall({ subject: `route/${robot?.id ?? ""}`, moment: missionId ?? "" }, async (signal) => {
    if (!robot || missionId === null) return null;
    const { items } = await api.operations.listMissions({ query: { robot_id: robot.id, limit: 1 } }, signal);
    return items[0] ?? null;
  });
  return useMemo(() => {
    if (!data || data.ended_at !== null || missionId === null) return [];
    return legsAhead(data.stops, { stop, isAtStop }).map(({ route, isLater }, index) => ({
      id: `${data.mission_id}/${index}`,
      line: route,
      isLater,
    }));
  }, [data, missionId, stop, isAtStop]);
}

const nowhere = { mission_id: null, stop: null, at_stop: false };
