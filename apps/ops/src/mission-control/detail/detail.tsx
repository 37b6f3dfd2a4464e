import type { Role } from "@kerbside/proto/base/roles";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { distanceM } from "@kerbside/proto/geo/geo";
import { Text } from "@mantine/core";
import type { Selection } from "../../view/view.ts";
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
      if (delivery)
        return (
          <DeliveryDetail
            key={delivery.delivery_id}
            delivery={delivery}
            mayCancel={role === "admin" || role === "ops"}
          />
        );
      break;
    case "store": {
      const store = places.stores.find(({ store_id }) => store_id === selected.id);
      if (store) return <StoreDetail store={store} />;
      break;
    }
    case "hub": {
      const hub = places.hubs.find(({ hub_id }) => hub_id === selected.id);
      const robots = [...fleet.robots.values()].filter(
        ({ place }) => hub && place && distanceM(place, hub.place) <= atHubM,
      );
      if (hub) return <HubDetail hub={hub} robotCount={robots.length} />;
      break;
    }
  }
  return (
    <Panel title={fleet.isKnown ? "Not here" : "Loading"}>
      <Text className="kb-quiet">
        {fleet.isKnown
          ? `There is no ${selected.kind} with this id, or it ended more than a day ago.`
          : "What this link shows is being fetched."}
      </Text>
    </Panel>
  );
}
