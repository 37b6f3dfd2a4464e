import { VirtualList } from "@kerbside/apps-kit/table/virtual-list.tsx";
import { changeView } from "../../view/use-view.browser.ts";
import { Nothing } from "../nothing.tsx";
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
      keyOf={idOf}
      selectedKey={selectedId}
      onSelect={({ id }) => changeView({ selected: { kind: "robot", id }, pane: null })}
      row={(robot) => <RobotRow robot={robot} />}
      empty={
        total === 0 ? (
          <Nothing title="No robots yet">A robot shows here as soon as it has been enrolled.</Nothing>
        ) : (
          <Nothing title="No robot matches" />
        )
      }
    />
  );
}

function idOf({ id }: Robot): string {
  return id;
}
