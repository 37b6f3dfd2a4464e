import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import { deliveryRoutes } from "@kerbside/apps-kit/api/routes.ts";
import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import { useShape } from "@kerbside/apps-kit/live/use-shape.browser.ts";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import { Fault } from "@kerbside/proto/base/fault";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import type { ShapeStatus } from "@kerbside/sync/browser";

export type Tracking =
  | { readonly at: "asking" }
  /** Guessed, expired and revoked links are told alike. */
  | { readonly at: "refused" }
  | { readonly at: "unreachable"; readonly why: string }
  | { readonly at: "known"; readonly view: TrackingView; readonly isOld: boolean; readonly again: () => void };

/** While live rows come, they say when to read again; this often it is read without them. */
const pollMs = 10_000;

/** What the link shows. Read again whenever the live row changes; the last answer stays when the network goes. */
export function useTracking(token: string, moment: string): Tracking {
  const turn = Math.floor(useNow() / pollMs);
  const { data, problem, again } = useCall({ subject: token, moment: `${moment}|${turn}` }, (signal) =>
    ask(token, signal),
  );
  if (data === "refused") return { at: "refused" };
  if (data) return { at: "known", view: data, isOld: problem !== null, again };
  return problem === null ? { at: "asking" } : { at: "unreachable", why: problem };
}

async function ask(token: string, signal: AbortSignal): Promise<TrackingView | "refused"> {
  const client = apiClient(deliveryRoutes, () => ({ authorization: `Bearer ${token}` }));
  try {
    return await client.getTracking({}, signal);
  } catch (cause) {
    if (cause instanceof Fault && refusals.has(cause.code)) return "refused";
    throw cause;
  }
}

const refusals: ReadonlySet<string> = new Set(["unauthenticated", "customer_link_refused", "forbidden"]);

/** Changes with everything about the delivery that the page shows. */
export function useMoment(
  principal: string,
  token: string,
): { readonly moment: string; readonly status: ShapeStatus | null } {
  const { rows, status } = useShape("tracking-delivery", { principal, token });
  const [row] = rows.values();
  const moment = row
    ? [row.state, row.state_since, row.last_unlock_status, row.robot_name, row.eta_dropoff_p50_at].join("|")
    : "";
  return { moment, status };
}
