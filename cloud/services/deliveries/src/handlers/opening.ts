import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import { fromInstant } from "@kerbside/proto/base/time";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { isOpen } from "../attempt.ts";
import type { Vault } from "../ports.ts";
import { codesOf, findAttempt } from "../rows.pg.ts";
import { actorOf, isOperator } from "../tenancy.ts";
import type { Unlocking } from "../unlocking.pg.ts";
import { seen, seenLocked } from "./caller.ts";

export interface OpeningHandlerParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly unlocking: Unlocking;
}

export function openingHandlers(
  parts: OpeningHandlerParts,
): Pick<Handlers<typeof deliveryRoutes>, "openLid" | "getLoadCode"> {
  const { db, clock, vault, unlocking } = parts;
  return {
    openLid({ params, body, principal: caller, requestId }) {
      const principal = asking(caller);
      return db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        return unlocking.press(tx, row, {
          requestId: body.request_id,
          opener: isOperator(principal) ? "operator" : "merchant",
          actor: actorOf(principal),
          causationId: requestId,
        });
      });
    },

    async getLoadCode({ params, principal }) {
      const row = await seen(db, params.delivery_id, asking(principal));
      const unavailable = new Fault("code_not_available", { delivery_id: row.delivery_id, state: row.state });
      const purpose = storeCodeAt[row.state];
      const attempt = await findAttempt(db, row.attempt_id);
      if (!purpose || !attempt || !isOpen(attempt)) throw unavailable;
      const codes = await codesOf(db, { attemptId: attempt.attempt_id });
      const code = codes.find((one) => one.purpose === purpose && one.settled_at === null);
      if (!code || clock.now() >= fromInstant(code.expires_at)) throw unavailable;
      const { robot_name } = attempt;
      return { code: vault.open(code.sealed_code), purpose, robot_name, expires_at: code.expires_at };
    },
  };
}

/** Which of its codes store staff may see, by where the delivery stands. */
const storeCodeAt: Readonly<Record<DeliveryState, "load" | "return_unload" | null>> = {
  created: null,
  confirmed: "load",
  enroute_to_pickup: "load",
  arrived_at_pickup: "load",
  picked_up: null,
  enroute_to_dropoff: null,
  arrived_at_dropoff: null,
  delivered: null,
  enroute_to_return: "return_unload",
  arrived_at_return: "return_unload",
  returned: null,
  cancelled: null,
  failed: null,
};
