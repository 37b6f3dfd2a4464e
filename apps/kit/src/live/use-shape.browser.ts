import type { ShapeName, Shapes } from "@kerbside/proto/shapes/shapes";
import { type OpenShape, openShape, type ShapeStatus } from "@kerbside/sync/browser";
import { useEffect, useState } from "react";

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

/** The rows of a named shape as they are now. Draws again at most once a frame. */
export function useShape<Name extends ShapeName>(name: Name, { principal, token }: Follower): LiveRows<Shapes[Name]> {
  const [live, setLive] = useState<LiveRows<Shapes[Name]>>(nothing);

  useEffect(() => {
    const shape: OpenShape<Shapes[Name]> = openShape(name, principal, token);
    const showRows = (): void =>
      setLive({ rows: new Map(shape.rows), isKnown: shape.version > 0, status: shape.status });
    const stops = [shape.onRows(showRows), shape.onStatus((status) => setLive((before) => ({ ...before, status })))];
    showRows();
    return () => {
      for (const stop of stops) stop();
      shape[Symbol.dispose]();
      setLive(nothing);
    };
  }, [name, principal, token]);

  return live;
}
