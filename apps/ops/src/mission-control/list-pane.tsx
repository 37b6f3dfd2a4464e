import { csvOf } from "@kerbside/apps-kit/table/csv.ts";
import { download } from "@kerbside/apps-kit/table/download.browser.ts";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { ActionIcon, SegmentedControl, Skeleton, Stack, TextInput } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { type Ref, useMemo } from "react";
import type { View } from "../view/view.ts";
import { changeView } from "../view/use-view.browser.ts";
import {
  countDeliveries,
  deliveryGroups,
  deliveryGroupTexts,
  hasEnded,
  pickDeliveries,
} from "./deliveries/delivery.ts";
import { DeliveryList } from "./deliveries/delivery-list.tsx";
import { countRobots, pickRobots, type Robot, robotGroups, robotGroupTexts } from "./robots/robot.ts";
import { RobotList } from "./robots/robot-list.tsx";
import { deliveryColumns, robotColumns } from "./tables.ts";
import type { Fleet } from "./use-fleet.browser.ts";

export interface ListPaneProps {
  readonly fleet: Fleet;
  readonly view: View;
  /** Given the field of the search. */
  readonly search: Ref<HTMLInputElement>;
  /** Told of the delivery at which somebody points. */
  readonly onPoint: (deliveryId: string | null) => void;
}

/** The list of robots or of deliveries, with search and with counts that are also the choice. */
export function ListPane({ fleet, view, search, onPoint }: ListPaneProps) {
  const { robots, deliveries } = fleet;
  const open = useMemo(() => [...deliveries.values()].filter(({ state }) => !hasEnded(state)).length, [deliveries]);
  const isRobots = view.tab === "robots";
  const picked = usePicked(fleet, view);
  return (
    <section className="mc-list" aria-label="Lists">
      <div className="mc-list-head">
        <SegmentedControl
          fullWidth
          aria-label="What is listed"
          value={view.tab}
          onChange={(value) =>
            changeView({ tab: value === "deliveries" ? "deliveries" : "robots", group: null, search: "" })
          }
          data={[
            { value: "robots", label: `Robots ${fleet.isKnown ? robots.size : ""}` },
            { value: "deliveries", label: `Deliveries ${fleet.isKnown ? open : ""}` },
          ]}
        />
        <div className="mc-search">
          <TextInput
            ref={search}
            type="search"
            aria-label={isRobots ? "Search robots by name" : "Search deliveries by merchant, address, robot or id"}
            placeholder={isRobots ? "Search by name" : "Merchant, address, robot, id"}
            leftSection={<IconSearch size={18} aria-hidden />}
            value={view.search}
            onChange={(event) => changeView({ search: event.currentTarget.value })}
          />
          <ActionIcon
            variant="default"
            size={36}
            aria-label={`Download these ${view.tab} as CSV`}
            title={`Download these ${view.tab} as CSV`}
            onClick={() => save(view.tab, picked)}
          >
            <IconDownload size={18} aria-hidden />
          </ActionIcon>
        </div>
        <Groups fleet={fleet} view={view} />
      </div>
      <div className="mc-list-rows">
        {fleet.isKnown ? <Rows fleet={fleet} view={view} picked={picked} onPoint={onPoint} /> : <Loading />}
      </div>
    </section>
  );
}

const urgent: ReadonlySet<string> = new Set(["attention", "problem"]);

function Groups({ fleet, view }: { readonly fleet: Fleet; readonly view: View }) {
  const groups = useMemo(() => {
    if (view.tab === "robots") {
      const counts = countRobots(fleet.robots.values());
      return robotGroups.map((group) => ({ group, text: robotGroupTexts[group], count: counts[group] }));
    }
    const counts = countDeliveries(fleet.deliveries.values());
    return deliveryGroups.map((group) => ({ group, text: deliveryGroupTexts[group], count: counts[group] }));
  }, [view.tab, fleet.robots, fleet.deliveries]);
  return (
    <div className="mc-filters" role="group" aria-label="Only those that">
      {groups.map(({ group, text, count }) => (
        <button
          key={group}
          type="button"
          className="kb-filter"
          aria-pressed={view.group === group}
          data-urgent={urgent.has(group) && count > 0}
          onClick={() => changeView({ group: view.group === group ? null : group })}
        >
          {text} <span className="kb-filter-count">{fleet.isKnown ? count : "–"}</span>
        </button>
      ))}
    </div>
  );
}

/** What search and group leave of the tab that is shown. */
interface Picked {
  readonly robots: readonly Robot[];
  readonly deliveries: readonly DeliveryLive[];
}

function usePicked(fleet: Fleet, { search, group, tab }: View): Picked {
  const robots = useMemo(
    () => (tab === "robots" ? pickRobots([...fleet.robots.values()], { search, group }) : []),
    [tab, fleet.robots, search, group],
  );
  const deliveries = useMemo(
    () => (tab === "deliveries" ? pickDeliveries(fleet.deliveries.values(), { search, group }) : []),
    [tab, fleet.deliveries, search, group],
  );
  return { robots, deliveries };
}

function save(tab: View["tab"], { robots, deliveries }: Picked): void {
  download(`${tab}.csv`, tab === "robots" ? csvOf(robots, robotColumns) : csvOf(deliveries, deliveryColumns));
}

function Rows({ fleet, view, picked, onPoint }: Omit<ListPaneProps, "search"> & { readonly picked: Picked }) {
  const { selected, tab } = view;
  const { robots, deliveries } = picked;
  if (tab === "robots") {
    return (
      <RobotList
        robots={robots}
        selectedId={selected?.kind === "robot" ? selected.id : null}
        total={fleet.robots.size}
      />
    );
  }
  return (
    <DeliveryList
      deliveries={deliveries}
      selectedId={selected?.kind === "delivery" ? selected.id : null}
      total={fleet.deliveries.size}
      onPoint={onPoint}
    />
  );
}

function Loading() {
  return (
    <Stack p="md" gap="sm" role="status" aria-label="Loading">
      {[1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={48} />
      ))}
    </Stack>
  );
}
