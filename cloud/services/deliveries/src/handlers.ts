import type { Handlers } from "@kerbside/cloud-kit/service";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { type ChangingParts, changingHandlers } from "./handlers/changing.ts";
import { type LinkingParts, linkingHandlers } from "./handlers/linking.ts";
import { type OpeningHandlerParts, openingHandlers } from "./handlers/opening.ts";
import { type OrderingParts, orderingHandlers } from "./handlers/ordering.ts";
import { type QuotingParts, quotingHandlers } from "./handlers/quoting.ts";
import { type ReadingParts, readingHandlers } from "./handlers/reading.ts";
import { type TrackingParts, trackingHandlers } from "./handlers/tracking.ts";

export type HandlerParts = ChangingParts &
  LinkingParts &
  OpeningHandlerParts &
  OrderingParts &
  QuotingParts &
  ReadingParts &
  TrackingParts;

export function deliveryHandlers(parts: HandlerParts): Handlers<typeof deliveryRoutes> {
  return {
    ...quotingHandlers(parts),
    ...orderingHandlers(parts),
    ...readingHandlers(parts),
    ...changingHandlers(parts),
    ...openingHandlers(parts),
    ...linkingHandlers(parts),
    ...trackingHandlers(parts),
  };
}
