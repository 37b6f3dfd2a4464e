import { useCallback, useEffect, useRef, useState } from "react";
import { faultText } from "./fault-text.ts";

export interface Called<T> {
  /** The last answer; it stays while the next is asked for. */
  readonly data: T | null;
  readonly isLoading: boolean;
  /** Why there is no newer answer, in words; null when there is nothing to say. */
  readonly problem: string | null;
  readonly again: () => void;
}

/** Asks when shown and whenever `key` changes; an answer that comes too late is dropped. */
export function useCall<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Called<T> {
  const [answer, setAnswer] = useState<{ readonly key: string; readonly data: T } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    const stopping = new AbortController();
    const run = async (): Promise<void> => {
      setLoading(true);
      try {
        const data = await latest.current(stopping.signal);
        if (stopping.signal.aborted) return;
        setAnswer({ key, data });
        setProblem(null);
      } catch (cause) {
        if (!stopping.signal.aborted) setProblem(faultText(cause));
      }
      if (!stopping.signal.aborted) setLoading(false);
    };
    void run();
    return () => stopping.abort();
  }, [key, round]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  return { data: answer?.key === key ? answer.data : null, isLoading, problem, again };
}
