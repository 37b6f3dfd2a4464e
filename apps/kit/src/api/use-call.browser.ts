import { Fault } from "@kerbside/proto/base/fault";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { browserClock } from "../time/clock.browser.ts";
import { faultText } from "./fault-text.ts";

export interface Question {
  /** What is asked about. The last answer stays while the same subject is asked about again. */
  readonly subject: string;
  /** Changes when the answer may have changed. */
  readonly moment?: string;
}

export interface Called<T> {
  /** The last answer about this subject; null before the first. */
  readonly data: T | null;
  /** Why there is no newer answer, in words; null when there is nothing to say. */
  readonly problem: string | null;
  readonly again: () => void;
  /** Counts answers and refusals, so that one may be waited for before asking again. */
  readonly heard: number;
}

/** Without a connection it is asked again after this long, until it answers or is no longer shown. */
const againMs = 3_000;

/** Asks when shown, and whenever subject or moment change; an answer that comes too late is dropped. */
export function useCall<T>({ subject, moment = "" }: Question, ask: (signal: AbortSignal) => Promise<T>): Called<T> {
  const [answer, setAnswer] = useState<{ readonly subject: string; readonly data: T } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const [heard, setHeard] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  const key = JSON.stringify([subject, moment, round]);

  const put = useEffectEvent((_key: string, signal: AbortSignal) => ask(signal));
  const take = useEffectEvent((data: T) => {
    setAnswer({ subject, data });
    setProblem(null);
    setHeard((before) => before + 1);
  });
  const refuse = useEffectEvent((cause: unknown) => {
    setProblem(faultText(cause));
    setHeard((before) => before + 1);
  });

  useEffect(() => {
    const stopping = new AbortController();
    put(key, stopping.signal).then(
      (data) => !stopping.signal.aborted && take(data),
      (cause: unknown) => {
        if (stopping.signal.aborted) return;
        refuse(cause);
        if (!(cause instanceof Fault) || cause.code !== "unavailable") return;
        browserClock.sleep(againMs, stopping.signal).then(again, () => undefined);
      },
    );
    return () => stopping.abort();
  }, [key, again]);

  return { data: answer?.subject === subject ? answer.data : null, problem, again, heard };
}
