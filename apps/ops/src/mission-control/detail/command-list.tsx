import { StateBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandTable } from "@kerbside/proto/states/command";
import { isEvent, isLegal, isState } from "@kerbside/proto/states/table";
import { Alert, Anchor, Group, Stack, Text } from "@mantine/core";
import type { Commands } from "./use-commands.browser.ts";

const kindTexts: Readonly<Record<CommandView["kind"], string>> = {
  open_lid: "Open the lid",
  close_lid: "Lock the lid",
  engage_estop: "Stop",
  release_estop: "Release the stop",
  cancel_mission: "Cancel the mission",
  identify: "Identify",
};

/** The latest orders, each with how far its life has come and why it ended. */
export function CommandList({ commands }: { readonly commands: Commands }) {
  const { list, problem } = commands;
  return (
    <Stack gap="xs" aria-live="polite">
      {problem !== null && (
        <Alert color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
      {list.data?.length === 0 && (
        <Text size="sm" className="kb-quiet">
          Nothing was ordered yet.
        </Text>
      )}
      {list.data?.map((command) => (
        <div key={command.command_id}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap">
              <Text size="sm">{kindTexts[command.kind]}</Text>
              <StateBadge table={commandTable} state={command.state} />
            </Group>
            <Age atMs={Date.parse(command.issued_at)} />
          </Group>
          {command.reason !== null && (
            <Text size="xs" className="kb-quiet">
              {command.reason}
            </Text>
          )}
          {command.observed_outcome !== null && (
            <Text size="xs" className="kb-quiet">
              The robot said later: {command.observed_outcome}
            </Text>
          )}
          {mayCancel(command) && (
            <Anchor component="button" size="xs" onClick={() => void commands.cancel(command)}>
              Take it back
            </Anchor>
          )}
        </div>
      ))}
      {list.data === null && list.problem !== null && (
        <Text size="sm" className="kb-quiet">
          {list.problem}
        </Text>
      )}
    </Stack>
  );
}

function mayCancel({ state }: CommandView): boolean {
  return (
    isState(commandTable, state) && isEvent(commandTable, "cancelled") && isLegal(commandTable, state, "cancelled")
  );
}
