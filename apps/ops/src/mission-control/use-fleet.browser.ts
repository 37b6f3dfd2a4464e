import { useShape } from "@kerbside/apps-kit/live/use-shape.browser.ts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import type { ShapeStatus } from "@kerbside/sync/browser";
import { useMemo, useState } from "react";
import { NameOrder } from "./robots/name-order.ts";
import { type Robot, robotOf } from "./robots/robot.ts";

export interface Fleet {
  /** By name. */
  readonly robots: ReadonlyMap<string, Robot>;
  readonly deliveries: ReadonlyMap<string, DeliveryLive>;
  readonly statuses: readonly (ShapeStatus | null)[];
  /** False until both are whole for the first time. */
  readonly isKnown: boolean;
}

/** Robots and deliveries as they are now, by id. */
export function useFleet(principal: string): Fleet {
  const latest = useShape("fleet-live", { principal });
  const live = useShape("deliveries", { principal });
  const [order] = useState(() => new NameOrder());
  const robots = useMemo(
    () => byId(order.sort([...latest.rows.values()].map(robotOf)), ({ id }) => id),
    [latest.rows, order],
  );
  const deliveries = useMemo(() => byId([...live.rows.values()], ({ delivery_id }) => delivery_id), [live.rows]);
  return { robots, deliveries, statuses: [latest.status, live.status], isKnown: latest.isKnown && live.isKnown };
}

function byId<T>(all: readonly T[], idOf: (one: T) => string): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [idOf(one), one]));
}
