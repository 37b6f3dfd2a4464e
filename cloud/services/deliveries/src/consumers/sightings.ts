import { type Consumer, consumer } from "@kerbside/cloud-kit/service";
import { positionChanged } from "@kerbside/proto/events/robots";
import type { Following } from "../following.pg.ts";

/** Where robots are. Only those that carry something are followed. */
export function sightingConsumer(following: Following): Consumer {
  return consumer(positionChanged, ({ event_id: eventId, body: { robot_id, place, at } }, tx) =>
    following.see(tx, robot_id, { eventId, place, atMs: at }),
  );
}
