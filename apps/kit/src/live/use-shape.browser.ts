import type { ShapeName, Shapes } from "@kerbside/proto/shapes/shapes";
import { type OpenShape, openShape, type ShapeStatus } from "@kerbside/sync/browser";
import { useEffect, useState } from "react";
import { browserClock } from "../time/clock.browser.ts";
import { Pace } from "./pace.ts";

export interface LiveRows<Row> {
  /** Complete as of one moment; another map with every change. A row that did not change stays the same object. */
  readonly rows: ReadonlyMap<string, Row>;
  /** False until the first whole state is here. */
  readonly isKnown: boolean;
  /** Null until the first word. */
  readonly status: ShapeStatus | null;
}

export interface Follower {
  /** `{kind}:{id}` of whoever looks. */
  readonly principal: string;
  /** Where no cookie speaks for the principal. */
  readonly token?: string;
}

const nothing: LiveRows<never> = { rows: new Map<string, never>(), isKnown: false, status: null };

/**
 * The rows of a named shape as they are now. What comes after a pause is drawn at the next frame; what comes without
 * end is drawn a few times a second, for nobody reads faster, and a thousand robots speak every second.
 */
export function useShape<Name extends ShapeName>(name: Name, { principal, token }: Follower): LiveRows<Shapes[Name]> {
  const [live, setLive] = useState<LiveRows<Shapes[Name]>>(nothing);

  useEffect(() => {
    const shape: OpenShape<Shapes[Name]> = openShape(name, principal, token);
    const pace = new Pace(browserClock, () =>
      setLive({ rows: new Map(shape.rows), isKnown: shape.version > 0, status: shape.status }),
    );
    const stops = [shape.onRows(() => pace.ask()), shape.onStatus((status) => setLive(withStatus(status)))];
    pace.ask();
    return () => {
      for (const stop of stops) stop();
      pace[Symbol.dispose]();
      shape[Symbol.dispose]();
      setLive(nothing);
    };
  }, [name, principal, token]);

  return live;
}

/** Every word of the server makes a status; a page is drawn again only for what it shows of one. */
function withStatus(status: ShapeStatus): <Row>(before: LiveRows<Row>) => LiveRows<Row> {
  return (before) =>
    before.status?.state === status.state && before.status.reason === status.reason && status.state === "live"
      ? before
      : { ...before, status };
}
