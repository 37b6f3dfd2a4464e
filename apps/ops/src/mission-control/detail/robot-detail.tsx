import { StateBadge, ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import type { Role } from "@kerbside/proto/base/roles";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { connectivityTable } from "@kerbside/proto/states/connectivity";
import { lidTable } from "@kerbside/proto/states/lid";
import { operationalTable } from "@kerbside/proto/states/robot";
import { controlModeTable, motionTable } from "@kerbside/proto/states/robot-motion";
import { Group } from "@mantine/core";
import { changeView } from "../../view/use-view.browser.ts";
import { Battery } from "../robots/battery.tsx";
import { headline, type Robot } from "../robots/robot.ts";
import { CommandList } from "./command-list.tsx";
import { stopNews } from "./command-text.ts";
import { Field, Fields } from "./field.tsx";
import { Orders } from "./orders.tsx";
import { Panel, Part } from "./panel.tsx";
import { StopButton } from "./stop-button.tsx";
import { RobotTimeline } from "./timeline.tsx";
import { type Commands, stopArgs, useCommands } from "./use-commands.browser.ts";

export interface RobotDetailProps {
  readonly robot: Robot;
  readonly delivery: DeliveryLive | null;
  readonly role: Role;
}

export function RobotDetail({ robot, delivery, role }: RobotDetailProps) {
  const commands = useCommands(robot.id);
  return (
    <Panel title={robot.name} stop={<StopButton onStop={() => void commands.send("engage_estop", stopArgs)} />}>
      <Headline robot={robot} commands={commands} />
      <Now robot={robot} delivery={delivery} />
      <Part title="Commands">
        <Orders robot={robot} role={role} commands={commands} />
        <CommandList commands={commands} />
      </Part>
      <Part title="Timeline">
        <RobotTimeline robotId={robot.id} changedAt={changeMark(robot)} />
      </Part>
    </Panel>
  );
}

/** The robot in a word, and beside it what became of the last STOP. */
function Headline({ robot, commands }: { readonly robot: Robot; readonly commands: Commands }) {
  const nowMs = useNow();
  const { text, tone } = headline(robot);
  const news = stopNews(commands.list.data ?? [], nowMs);
  return (
    <Group gap="xs" justify="space-between">
      <ToneBadge tone={tone} text={text} />
      <span role="status">{news && <ToneBadge tone={news.tone} text={news.text} />}</span>
    </Group>
  );
}

function Now({ robot, delivery }: { readonly robot: Robot; readonly delivery: DeliveryLive | null }) {
  const { latest, place } = robot;
  return (
    <Fields>
      <Field name="Last heard">
        <Age atMs={robot.atMs} intervalMs={latest.interval_ms} />
      </Field>
      <Field name="Connection">
        <StateBadge table={connectivityTable} state={latest.connectivity} /> <span className="kb-quiet">for </span>
        <Age atMs={Number(latest.connectivity_since)} />
      </Field>
      <Field name="Work">
        <StateBadge table={operationalTable} state={latest.operational_state} />
      </Field>
      <Field name="Control">
        <StateBadge table={controlModeTable} state={latest.control_mode} />
      </Field>
      <Field name="Wheels">
        <StateBadge table={motionTable} state={latest.motion_safety} />{" "}
        {latest.speed_mps !== null && latest.speed_mps > 0.05 && <span>{latest.speed_mps.toFixed(1)} m/s</span>}
      </Field>
      <Field name="Lid">
        <Group gap={4}>
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
        {place ? `${place.lat.toFixed(5)}, ${place.lng.toFixed(5)}` : <span className="kb-quiet">unknown</span>}
      </Field>
      <Field name="Delivery">
        {delivery ? (
          <button
            type="button"
            className="kb-link"
            onClick={() => changeView({ selected: { kind: "delivery", id: delivery.delivery_id }, pane: null })}
          >
            {delivery.merchant_name} to {delivery.dropoff_text}
          </button>
        ) : (
          <span className="kb-quiet">none</span>
        )}
      </Field>
    </Fields>
  );
}

/** Changes when something changed that the robot has written into its journal. */
function changeMark({ latest }: Robot): string {
  const { lid, lid_flags, motion_safety, operational_state, stop, at_stop, mission_id, connectivity } = latest;
  return [lid, lid_flags.join(), motion_safety, operational_state, stop, at_stop, mission_id, connectivity].join("|");
}
