import { Alarm } from "@kerbside/proto/base/alarm";
import type { Clock } from "@kerbside/proto/base/clock";

export interface Patience {
  readonly clock: Clock;
  /** A connection that carries nothing for so long is given up; an answer may take as long as it flows. */
  readonly silenceMs: number;
}

/** Fetches, but not over a connection whose other end is gone without a word: it would hang for minutes. */
export async function fetchWithin({ clock, silenceMs }: Patience, url: URL, init: RequestInit): Promise<Response> {
  const silent = new AbortController();
  const alarm = new Alarm(clock, () => silent.abort(new Error(`nothing came for ${silenceMs} ms`)));
  const listen = (): void => alarm.set(clock.monotonic() + silenceMs);
  const stop = (): void => alarm[Symbol.dispose]();
  const signal = init.signal ? AbortSignal.any([init.signal, silent.signal]) : silent.signal;
  signal.addEventListener("abort", stop, { once: true });
  listen();
  try {
    const answer = await fetch(url, { ...init, signal });
    listen();
    if (!answer.body) stop();
    const body = answer.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
          listen();
          controller.enqueue(piece);
        },
        flush: stop,
        cancel: stop,
      }),
    );
    return new Response(body ?? null, answer);
  } catch (problem) {
    stop();
    throw problem;
  }
}
