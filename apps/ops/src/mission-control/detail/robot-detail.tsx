import { StateBadge, ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import type { Role } from "@kerbside/proto/base/roles";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { connectivityTable } from "@kerbside/proto/states/connectivity";
import { lidTable } from "@kerbside/proto/states/lid";
import { operationalTable } from "@kerbside/proto/states/robot";
import { motionTable } from "@kerbside/proto/states/robot-motion";
import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconBulb, IconLock, IconLockOpen, IconRouteOff } from "@tabler/icons-react";
import { changeView } from "../../view/use-view.browser.ts";
import { Battery } from "../robots/battery.tsx";
import { headline, type Robot } from "../robots/robot.ts";
import { CommandList } from "./command-list.tsx";
import { ConfirmButton } from "./confirm-button.tsx";
import { Field, Fields } from "./field.tsx";
import { Panel } from "./panel.tsx";
import { robotOrders } from "./robot-orders.ts";
import { StopButton } from "./stop-button.tsx";
import { RobotTimeline } from "./timeline.tsx";
import { type Commands, useCommands } from "./use-commands.browser.ts";

export interface RobotDetailProps {
  readonly robot: Robot;
  readonly delivery: DeliveryLive | null;
  readonly role: Role;
}

export function RobotDetail({ robot, delivery, role }: RobotDetailProps) {
  const commands = useCommands(robot.id);
  const { latest } = robot;
  const isStopped = latest.motion_safety === "e_stop";
  const { text, tone } = headline(robot);
  return (
    <Panel
      title={robot.name}
      stop={
        <StopButton
          isStopped={isStopped}
          onStop={() => void commands.send("engage_estop", { reason: "stopped from mission control" })}
          onRelease={() => void commands.send("release_estop")}
        />
      }
    >
      <ToneBadge tone={tone} text={text} />
      <Now robot={robot} delivery={delivery} />
      <Orders robot={robot} role={role} commands={commands} />
      <Stack gap="xs">
        <Title order={3} size="h5">
          Timeline
        </Title>
        <RobotTimeline robotId={robot.id} changedAt={changeMark(robot)} />
      </Stack>
    </Panel>
  );
}

function Now({ robot, delivery }: { readonly robot: Robot; readonly delivery: DeliveryLive | null }) {
  const { latest } = robot;
  return (
    <Fields>
      <Field name="Heard">
        <Age atMs={robot.atMs} intervalMs={latest.interval_ms} />
      </Field>
      <Field name="Connection">
        <Group gap="xs">
          <StateBadge table={connectivityTable} state={latest.connectivity} />
          <Text span size="sm" className="kb-quiet">
            for <Age atMs={Number(latest.connectivity_since)} />
          </Text>
        </Group>
      </Field>
      <Field name="Work">
        <StateBadge table={operationalTable} state={latest.operational_state} />
      </Field>
      <Field name="Wheels">
        <Group gap="xs">
          <StateBadge table={motionTable} state={latest.motion_safety} />
          {latest.speed_mps !== null && latest.speed_mps > 0.05 && (
            <Text span size="sm">
              {latest.speed_mps.toFixed(1)} m/s
            </Text>
          )}
        </Group>
      </Field>
      <Field name="Lid">
        <Group gap="xs">
          <StateBadge table={lidTable} state={latest.lid} />
          {latest.lid_flags.map((flag) => (
            <ToneBadge key={flag} tone="bad" text={flag.replaceAll("_", " ")} />
          ))}
        </Group>
      </Field>
      <Field name="Battery">
        <Battery percent={latest.battery_pct} />
      </Field>
      <Field name="Place">
        {robot.place ? (
          `${robot.place.lat.toFixed(5)}, ${robot.place.lng.toFixed(5)}`
        ) : (
          <span className="kb-quiet">unknown</span>
        )}
      </Field>
      <Field name="Delivery">
        {delivery ? (
          <Anchor
            component="button"
            size="sm"
            ta="left"
            onClick={() => changeView({ selected: { kind: "delivery", id: delivery.delivery_id } })}
          >
            {delivery.merchant_name} to {delivery.dropoff_text}
          </Anchor>
        ) : (
          <span className="kb-quiet">none</span>
        )}
      </Field>
    </Fields>
  );
}

function Orders({
  robot,
  role,
  commands,
}: {
  readonly robot: Robot;
  readonly role: Role;
  readonly commands: Commands;
}) {
  const { latest } = robot;
  const why = robotOrders(role, latest);
  const icon = { size: 18, "aria-hidden": true } as const;
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        Commands
      </Title>
      <Group gap="xs" align="flex-start">
        <ConfirmButton
          label="Open lid"
          icon={<IconLockOpen {...icon} />}
          confirm="Open now"
          consequence={`The lid of ${robot.name} unlocks for whoever stands there, and your name goes into the audit log. The order expires in 30 seconds.`}
          whyNot={why.openLid}
          onConfirm={() => void commands.send("open_lid", { compartment: 0, purpose: "inspect", delivery_id: null })}
        />
        <Plain
          label="Lock lid"
          icon={<IconLock {...icon} />}
          whyNot={why.closeLid}
          onPress={() => void commands.send("close_lid", { compartment: 0 })}
        />
        <Plain
          label="Identify"
          icon={<IconBulb {...icon} />}
          whyNot={why.identify}
          onPress={() => void commands.send("identify")}
        />
        <ConfirmButton
          label="Cancel mission"
          icon={<IconRouteOff {...icon} />}
          confirm="Cancel it"
          consequence={`${robot.name} stops what it does and waits where it is. Goods on board stay on board.`}
          whyNot={why.cancelMission}
          onConfirm={() => void commands.send("cancel_mission", { mission_id: latest.mission_id })}
        />
      </Group>
      <CommandList commands={commands} />
    </Stack>
  );
}

function Plain({
  label,
  icon,
  whyNot,
  onPress,
}: {
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly whyNot: string | null;
  readonly onPress: () => void;
}) {
  return (
    <div>
      <Button
        variant="default"
        leftSection={icon}
        data-disabled={whyNot !== null}
        aria-disabled={whyNot !== null}
        onClick={() => whyNot === null && onPress()}
      >
        {label}
      </Button>
      {whyNot !== null && (
        <Text size="xs" className="kb-quiet" mt={4}>
          {whyNot}
        </Text>
      )}
    </div>
  );
}

/** Changes when something changed that the robot has written into its journal. */
function changeMark({ latest }: Robot): string {
  const { lid, lid_flags, motion_safety, operational_state, stop, at_stop, mission_id, connectivity } = latest;
  return [lid, lid_flags.join(), motion_safety, operational_state, stop, at_stop, mission_id, connectivity].join("|");
}
