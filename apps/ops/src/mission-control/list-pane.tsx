import { Chip, Group, SegmentedControl, Skeleton, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo } from "react";
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
import { countRobots, pickRobots, robotGroups, robotGroupTexts } from "./robots/robot.ts";
import { RobotList } from "./robots/robot-list.tsx";
import type { Fleet } from "./use-fleet.browser.ts";

/** The list of robots or of deliveries, with search and with counts that are also the choice. */
export function ListPane({ fleet, view }: { readonly fleet: Fleet; readonly view: View }) {
  const { robots, deliveries } = fleet;
  const open = useMemo(() => [...deliveries.values()].filter(({ state }) => !hasEnded(state)).length, [deliveries]);
  return (
    <section className="mc-list" aria-label="Lists">
      <Stack p="md" gap="sm">
        <SegmentedControl
          fullWidth
          value={view.tab}
          onChange={(value) =>
            changeView({ tab: value === "deliveries" ? "deliveries" : "robots", group: null, search: "" })
          }
          data={[
            { value: "robots", label: `Robots ${robots.size}` },
            { value: "deliveries", label: `Deliveries ${open}` },
          ]}
        />
        <TextInput
          type="search"
          aria-label={
            view.tab === "robots" ? "Search robots by name" : "Search deliveries by merchant, address, robot or id"
          }
          placeholder={view.tab === "robots" ? "Search by name" : "Search by merchant, address, robot, id"}
          leftSection={<IconSearch size={18} aria-hidden />}
          value={view.search}
          onChange={(event) => changeView({ search: event.currentTarget.value })}
        />
        <Groups fleet={fleet} view={view} />
      </Stack>
      <div className="mc-list-rows">{fleet.isKnown ? <Rows fleet={fleet} view={view} /> : <Loading />}</div>
    </section>
  );
}

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
    <Group gap={6} role="group" aria-label="Groups">
      {groups.map(({ group, text, count }) => (
        <Chip
          key={group}
          size="xs"
          checked={view.group === group}
          onChange={(isOn) => changeView({ group: isOn ? group : null })}
        >
          {text} {count}
        </Chip>
      ))}
    </Group>
  );
}

function Rows({ fleet, view }: { readonly fleet: Fleet; readonly view: View }) {
  const { selected } = view;
  const robots = useMemo(() => pickRobots(fleet.robots.values(), view), [fleet.robots, view]);
  const deliveries = useMemo(() => pickDeliveries(fleet.deliveries.values(), view), [fleet.deliveries, view]);
  if (view.tab === "robots") {
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
    />
  );
}

function Loading() {
  return (
    <Stack p="md" gap="sm" aria-label="Loading">
      {[1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={48} />
      ))}
    </Stack>
  );
}
