import type { Clock } from "@kerbside/proto/base/clock";
import { afterSnapshot, comparePositions, type Position } from "../log/position.ts";
import type { SqliteLog } from "../log/store.sqlite.ts";
import type { Shape } from "../shapes/shape.ts";
import { upToDate } from "./messages.ts";
import { untilChanged } from "./wait.ts";

export interface EventStreamOptions {
  readonly log: Pick<SqliteLog, "chunk" | "read">;
  readonly clock: Clock;
  readonly chunkBytes: number;
  /** A silent stream says so this often, so that nobody between takes it for dead. */
  readonly keepAliveMs: number;
  /** A stream ends after this; who comes again is asked again who they are. */
  readonly lifeMs: number;
}

interface Piece {
  readonly text: string;
  readonly end: Position;
}

/**
 * The rest of a shape's log as server-sent events. Electric ends a stream that began with a backlog at once; ours goes on,
 * which the client cannot tell from a stream that began without.
 */
export async function* eventsAfter(
  place: { readonly shape: Shape; readonly after: Position },
  options: EventStreamOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { shape } = place;
  const { clock, keepAliveMs, lifeMs } = options;
  const endsAtMs = clock.monotonic() + lifeMs;
  let at = place.after;
  // Also while there is more to say: a busy shape, or a reader that takes its time, must not outlive a revocation.
  for (let leftMs = lifeMs; leftMs > 0 && !shape.ended; leftMs = endsAtMs - clock.monotonic()) {
    const piece = nextPiece(shape, at, options);
    if (piece) {
      yield piece.text;
      at = piece.end;
    } else if ((await untilChanged(shape, { clock, limitMs: Math.min(keepAliveMs, leftMs), signal })) === "time_over") {
      if (keepAliveMs < leftMs) yield ": keep-alive\n\n";
    }
  }
}

function nextPiece(shape: Shape, at: Position, { log, chunkBytes }: EventStreamOptions): Piece | null {
  const isInSnapshot = comparePositions(at, afterSnapshot) < 0;
  if (isInSnapshot && at.op + 1 < shape.chunks) {
    const messages: readonly unknown[] = JSON.parse(String(log.chunk(shape.id, at.op + 1)));
    return { text: messages.map((message) => event(JSON.stringify(message))).join(""), end: { tx: 0n, op: at.op + 1 } };
  }
  if (comparePositions(shape.end, at) <= 0) return null;
  const entries = log.read(shape.id, { after: at, upTo: shape.end, bytesMax: chunkBytes });
  const last = entries.at(-1);
  if (!last) return null;
  const end = { tx: last.tx, op: last.op };
  const isAtEnd = comparePositions(end, shape.end) >= 0;
  const events = entries.map(({ json }) => event(json));
  // The client continues at this LSN's first change, which it has: one more leads behind the whole transaction.
  if (isAtEnd) events.push(event(upToDate(end.tx + 1n)));
  return { text: events.join(""), end };
}

function event(json: string): string {
  return `data: ${json}\n\n`;
}
