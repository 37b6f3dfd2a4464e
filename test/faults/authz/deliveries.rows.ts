import { randomUUID } from "node:crypto";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { order } from "../world/tenant.ts";
import type { World } from "../world/world.ts";
import type { Rows } from "./row.ts";

const here = { lat: 51.13, lng: 71.43 };
const request = () => ({ request_id: randomUUID() });
const at = ({ delivery }: World) => ({ params: { delivery_id: delivery } });

/** One more of the first partner's deliveries, to be cancelled or to lose its links. */
async function spare({ platform, aspan }: World) {
  const of = { tenant: aspan, partner: aspan.first, store: aspan.north };
  const words = { external_id: `p-one-spare-${randomUUID()}`, name: "aspan p-one spare" };
  return { params: { delivery_id: await order(platform, of, words) } };
}

const addresses = ["address_undeliverable", "no_route"];

export const deliveryRows: Rows<typeof deliveryRoutes> = {
  createQuote: {
    target: "store",
    aim: ({ aspan }) => ({ body: { store_id: aspan.north, dropoff: { place: here } } }),
    also: addresses,
  },
  getQuote: { target: "delivery", aim: ({ quote }) => ({ params: { quote_id: quote } }) },
  createDelivery: {
    target: "store",
    aim: ({ aspan }) => ({
      body: {
        store_id: aspan.north,
        dropoff: { name: "Somebody", address: { place: here } },
        items: [{ name: "Soup", quantity: 1 }],
      },
    }),
    also: addresses,
  },
  listDeliveries: { target: "own", aim: () => ({ query: { limit: 200 } }) },
  getDelivery: { target: "delivery", aim: at },
  getDeliveryHistory: { target: "delivery", aim: at },
  updateDelivery: { target: "delivery", aim: (world) => ({ ...at(world), body: { pickup_notes: "Ring twice" } }) },
  cancelDelivery: { target: "delivery", aim: async (world) => ({ ...(await spare(world)), body: {} }) },
  endDelivery: {
    target: "delivery",
    aim: (world) => ({ ...at(world), body: { reason: "lost", note: "the matrix asked" } }),
    also: ["transition_not_legal"],
  },
  openLid: {
    target: "delivery",
    aim: (world) => ({ ...at(world), body: request() }),
    also: ["robot_not_at_stop"],
  },
  getLoadCode: { target: "delivery", aim: at, also: ["code_not_available"] },
  createTrackingLink: { target: "delivery", aim: (world) => ({ ...at(world), body: { scope: "view" } }) },
  revokeTrackingLinks: { target: "delivery", aim: spare },
  getTracking: { target: "own", aim: () => ({}) },
  openForCustomer: {
    target: "own",
    aim: () => ({ body: request() }),
    also: ["robot_not_at_stop"],
    forbids: ({ link }) => (link === "view" ? "unlock_not_permitted" : null),
  },
  shareTracking: { target: "own", aim: () => ({}) },
};

export const dispatchRows: Rows<typeof dispatchRoutes> = {
  estimate: {
    target: "own",
    aim: ({ aspan }) => ({
      body: { organization_id: aspan.organizationId, pickup: { place: here }, dropoff: { place: here } },
    }),
  },
  listPlans: { target: "own", aim: () => ({ query: { limit: 500 } }) },
  explainPlan: { target: "delivery", aim: at },
};
