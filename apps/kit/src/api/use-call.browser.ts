import { useCallback, useEffect, useEffectEvent, useState } from "react";
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
}

/** Asks when shown, and whenever subject or moment change; an answer that comes too late is dropped. */
export function useCall<T>({ subject, moment = "" }: Question, ask: (signal: AbortSignal) => Promise<T>): Called<T> {
  const [answer, setAnswer] = useState<{ readonly subject: string; readonly data: T } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const key = JSON.stringify([subject, moment, round]);

  const put = useEffectEvent((_key: string, signal: AbortSignal) => ask(signal));
  const take = useEffectEvent((data: T) => {
    setAnswer({ subject, data });
    setProblem(null);
  });

  useEffect(() => {
    const stopping = new AbortController();
    put(key, stopping.signal).then(
      (data) => !stopping.signal.aborted && take(data),
      (cause: unknown) => !stopping.signal.aborted && setProblem(faultText(cause)),
    );
    return () => stopping.abort();
  }, [key]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  return { data: answer?.subject === subject ? answer.data : null, problem, again };
}
