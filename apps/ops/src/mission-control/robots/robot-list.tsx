import { VirtualList } from "@kerbside/apps-kit/table/virtual-list.tsx";
import { Text } from "@mantine/core";
import { changeView } from "../../view/use-view.browser.ts";
import type { Robot } from "./robot.ts";
import { RobotRow } from "./robot-row.tsx";

export interface RobotListProps {
  readonly robots: readonly Robot[];
  readonly selectedId: string | null;
  /** How many there are without search and group. */
  readonly total: number;
}

export function RobotList({ robots, selectedId, total }: RobotListProps) {
  return (
    <VirtualList
      label="Robots"
      items={robots}
      rowHeightPx={64}
      keyOf={({ id }) => id}
      selectedKey={selectedId}
      onSelect={({ id }) => changeView({ selected: { kind: "robot", id } })}
      row={(robot) => <RobotRow robot={robot} />}
      empty={
        <Text className="kb-quiet" ta="center" p="xl">
          {total === 0
            ? "No robot has been enrolled yet."
            : "No robot matches. Clear the search or choose another group."}
        </Text>
      }
    />
  );
}
