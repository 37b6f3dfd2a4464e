import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { VirtualList } from "@kerbside/apps-kit/table/virtual-list.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { memo } from "react";
import { changeView } from "../../view/use-view.browser.ts";
import { Nothing } from "../nothing.tsx";
import { deliveryLabel } from "./delivery.ts";

export interface DeliveryListProps {
  readonly deliveries: readonly DeliveryLive[];
  readonly selectedId: string | null;
  /** How many there are without search and group. */
  readonly total: number;
  /** Told of the delivery at which somebody points, so that the map can light it. */
  readonly onPoint: (deliveryId: string | null) => void;
}

export function DeliveryList({ deliveries, selectedId, total, onPoint }: DeliveryListProps) {
  return (
    <VirtualList
      label="Deliveries"
      items={deliveries}
      rowHeightPx={84}
      keyOf={idOf}
      selectedKey={selectedId}
      onSelect={({ delivery_id: id }) => changeView({ selected: { kind: "delivery", id }, pane: null })}
      onPoint={(delivery) => onPoint(delivery?.delivery_id ?? null)}
      row={(delivery) => <DeliveryRow delivery={delivery} />}
      empty={
        total === 0 ? (
          <Nothing title="No deliveries yet">An order shows here the moment it comes in.</Nothing>
        ) : (
          <Nothing title="No delivery matches" />
        )
      }
    />
  );
}

function idOf({ delivery_id: id }: DeliveryLive): string {
  return id;
}

const DeliveryRow = memo(function DeliveryRow({ delivery }: { readonly delivery: DeliveryLive }) {
  const { text, tone } = deliveryLabel(delivery);
  return (
    <div className="mc-row">
      <span className="mc-row-name">{delivery.merchant_name}</span>
      <span>
        <span className="kb-unseen">, since </span>
        <Age atMs={Date.parse(delivery.state_since)} />
      </span>
      <span className="mc-row-line kb-quiet">to {delivery.dropoff_text}</span>
      <span className="mc-row-line mc-row-last">
        <ToneBadge tone={tone} text={text} />
        {delivery.robot_name !== null && <span className="mc-row-robot">{delivery.robot_name}</span>}
      </span>
    </div>
  );
});
