import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { Group, Text } from "@mantine/core";
import { memo } from "react";
import { Battery } from "./battery.tsx";
import { headline, type Robot } from "./robot.ts";

export const RobotRow = memo(function RobotRow({ robot }: { readonly robot: Robot }) {
  const { text, tone } = headline(robot);
  return (
    <div style={{ minWidth: 0, width: "100%" }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} truncate>
          {robot.name}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Battery percent={robot.latest.battery_pct} />
          <Age atMs={robot.atMs} intervalMs={robot.latest.interval_ms} />
        </Group>
      </Group>
      <ToneBadge tone={tone} text={text} />
    </div>
  );
});
