import { Fault } from "@kerbside/proto/base/fault";
import type { Session } from "@kerbside/proto/routes/accounts";
import { useEffect, useState } from "react";
import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
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
}

/** Who sits at this screen. The session lives in a cookie that pages cannot read; the server says whose it is. */
export function useSession(): SessionActions {
  const [state, setState] = useState<SessionState>({ at: "asking" });

  useEffect(() => {
    const stopping = new AbortController();
    api.accounts.getSession({}, stopping.signal).then(
      (session) => setState({ at: "signed_in", session }),
      (problem: unknown) => {
        if (!stopping.signal.aborted) setState(withoutSession(problem));
      },
    );
    return () => stopping.abort();
  }, []);

  return {
    state,
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

function withoutSession(problem: unknown): SessionState {
  if (problem instanceof Fault && problem.code === "unauthenticated") return { at: "signed_out" };
  return { at: "unreachable", why: faultText(problem) };
}
