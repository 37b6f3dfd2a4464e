import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { VirtualList } from "@kerbside/apps-kit/table/virtual-list.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { Group, Text } from "@mantine/core";
import { memo } from "react";
import { changeView } from "../../view/use-view.browser.ts";
import { deliveryLabel } from "./delivery.ts";

export interface DeliveryListProps {
  readonly deliveries: readonly DeliveryLive[];
  readonly selectedId: string | null;
  readonly total: number;
}

export function DeliveryList({ deliveries, selectedId, total }: DeliveryListProps) {
  return (
    <VirtualList
      label="Deliveries"
      items={deliveries}
      rowHeightPx={84}
      keyOf={(delivery) => delivery.delivery_id}
      selectedKey={selectedId}
      onSelect={(delivery) => changeView({ selected: { kind: "delivery", id: delivery.delivery_id } })}
      row={(delivery) => <DeliveryRow delivery={delivery} />}
      empty={
        <Text className="kb-quiet" ta="center" p="xl">
          {total === 0 ? "No order has come in yet." : "No delivery matches. Clear the search or choose another group."}
        </Text>
      }
    />
  );
}

const DeliveryRow = memo(function DeliveryRow({ delivery }: { readonly delivery: DeliveryLive }) {
  const { text, tone } = deliveryLabel(delivery);
  return (
    <div style={{ minWidth: 0, width: "100%" }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} truncate>
          {delivery.merchant_name}
        </Text>
        <Age atMs={Date.parse(delivery.state_since)} />
      </Group>
      <Text size="sm" className="kb-quiet" truncate>
        to {delivery.dropoff_text}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <ToneBadge tone={tone} text={text} />
        {delivery.robot_name !== null && (
          <Text size="sm" truncate>
            {delivery.robot_name}
          </Text>
        )}
      </Group>
    </div>
  );
});
