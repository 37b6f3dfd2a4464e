import type { Role } from "@kerbside/proto/base/roles";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { Text } from "@mantine/core";
import type { Selection } from "../../view/view.ts";
import { hasEnded } from "../deliveries/delivery.ts";
import type { Places } from "../map/use-places.browser.ts";
import type { Fleet } from "../use-fleet.browser.ts";
import { DeliveryDetail } from "./delivery-detail.tsx";
import { Panel } from "./panel.tsx";
import { HubDetail, StoreDetail } from "./place-detail.tsx";
import { RobotDetail } from "./robot-detail.tsx";

export interface DetailProps {
  readonly selected: Selection;
  readonly fleet: Fleet;
  readonly places: Places;
  /** The selected delivery, or the one of the selected robot. */
  readonly delivery: DeliveryLive | null;
  readonly role: Role;
}

/** Robots this near to a hub stand there. */
const atHubM = 40;

export function Detail({ selected, fleet, places, delivery, role }: DetailProps) {
  switch (selected.kind) {
    case "robot": {
      const robot = fleet.robots.get(selected.id);
      if (robot) return <RobotDetail key={robot.id} robot={robot} delivery={delivery} role={role} />;
      break;
    }
    case "delivery":
      if (delivery) {
        const mayCancel = role === "admin" || role === "ops";
        return <DeliveryDetail key={delivery.delivery_id} delivery={delivery} mayCancel={mayCancel} />;
      }
      break;
    case "store": {
      const store = places.stores.find(({ store_id }) => store_id === selected.id);
      if (!store) break;
      const { text } = store.address;
      const fromHere = [...fleet.deliveries.values()].filter(
        (each) => each.pickup_text === text && each.merchant_name === store.merchant_name && !hasEnded(each.state),
      );
      return <StoreDetail store={store} deliveries={fromHere} />;
    }
    case "hub": {
      const hub = places.hubs.find(({ hub_id }) => hub_id === selected.id);
      if (!hub) break;
      const robots = [...fleet.robots.values()].filter(({ place }) => place && distanceM(place, hub.place) <= atHubM);
      return <HubDetail hub={hub} robots={robots} />;
    }
  }
  return fleet.isKnown ? <NotHere selected={selected} /> : <Panel title="Loading">{loading}</Panel>;
}

const loading = <Text className="kb-quiet">What this link shows is being fetched.</Text>;

function NotHere({ selected: { kind } }: { readonly selected: Selection }) {
  return (
    <Panel title="Not here">
      <Text className="kb-quiet">
        {kind === "delivery"
          ? "There is no delivery with this id among those of today; it may have ended more than a day ago."
          : `There is no ${kind} with this id in your organization.`}
      </Text>
    </Panel>
  );
}
