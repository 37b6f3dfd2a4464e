import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { browserClock } from "@kerbside/apps-kit/time/clock.browser.ts";
import { Fault } from "@kerbside/proto/base/fault";
import type { Session } from "@kerbside/proto/routes/accounts";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { api } from "../api.ts";

export type SessionState =
  | { readonly at: "asking" }
  | { readonly at: "signed_out" }
  | { readonly at: "unreachable"; readonly why: string }
  | { readonly at: "signed_in"; readonly session: Session };

export interface SessionActions {
  readonly state: SessionState;
  /** Answers what to tell the person when it did not work; null when it did. */
  readonly signIn: (email: string, password: string) => Promise<string | null>;
  readonly signOut: () => Promise<void>;
  /** Asks again whether the session is good: it may have ended elsewhere. */
  readonly check: () => void;
}

/** Without an answer the server is asked again after this long. */
const againMs = 3_000;

/** Who sits at this screen. The session lives in a cookie that pages cannot read; the server says whose it is. */
export function useSession(): SessionActions {
  const [state, setState] = useState<SessionState>({ at: "asking" });
  const [round, setRound] = useState(0);
  const check = useCallback(() => setRound((before) => before + 1), []);

  const ask = useEffectEvent((_round: number, signal: AbortSignal) => {
    api.accounts.getSession({}, signal).then(
      (session) => setState((before) => (isSame(before, session) ? before : { at: "signed_in", session })),
      (problem: unknown) => {
        if (signal.aborted) return;
        setState((before) => withoutSession(before, problem));
        if (!isRefusal(problem)) browserClock.sleep(againMs, signal).then(check, () => undefined);
      },
    );
  });
  useEffect(() => {
    const stopping = new AbortController();
    ask(round, stopping.signal);
    return () => stopping.abort();
  }, [round]);

  return {
    state,
    check,
    signIn: async (email, password) => {
      try {
        setState({ at: "signed_in", session: await api.accounts.signIn({ body: { email, password } }) });
        return null;
      } catch (problem) {
        return faultText(problem);
      }
    },
    signOut: async () => {
      await api.accounts.signOut({}).catch(() => undefined);
      setState({ at: "signed_out" });
    },
  };
}

/** Only a refusal signs out; who cannot ask keeps what is on the screen. */
function withoutSession(before: SessionState, problem: unknown): SessionState {
  if (isRefusal(problem)) return { at: "signed_out" };
  return before.at === "signed_in" ? before : { at: "unreachable", why: faultText(problem) };
}

function isRefusal(problem: unknown): boolean {
  return problem instanceof Fault && problem.code === "unauthenticated";
}

function isSame(state: SessionState, session: Session): boolean {
  return state.at === "signed_in" && state.session.user.user_id === session.user.user_id;
}
