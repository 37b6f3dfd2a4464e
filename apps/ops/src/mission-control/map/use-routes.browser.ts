import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import type { MapRoute } from "@kerbside/apps-kit/map/live-map.browser.ts";
import { useMemo } from "react";
import { api } from "../../api.ts";

/** The way that a robot has before it, by its present mission. Empty for none. */
export function useRoutes(robotId: string | null, missionId: string | null): readonly MapRoute[] {
  const { data } = useCall({ subject: `route/${robotId ?? ""}`, moment: missionId ?? "" }, async (signal) => {
    if (robotId === null) return null;
    const { items } = await api.operations.listMissions({ query: { robot_id: robotId, limit: 1 } }, signal);
    return items[0] ?? null;
  });
  return useMemo(() => {
    if (!data || data.ended_at !== null) return [];
    return data.stops.map(({ route }, index) => ({ id: `${data.mission_id}/${index}`, line: route }));
  }, [data]);
}
