import { Text } from "@mantine/core";
import type { Robot } from "../robots/robot.ts";
import { StopButton } from "./stop-button.tsx";
import { stopArgs, useOrdering } from "./use-commands.browser.ts";

/** STOP for a robot whose details are not shown. */
export function RobotStop({ robot }: { readonly robot: Robot }) {
  const { problem, send } = useOrdering(robot.id);
  return (
    <div>
      <StopButton onStop={() => void send("engage_estop", stopArgs)} />
      {problem !== null && (
        <Text size="xs" role="alert">
          {problem}
        </Text>
      )}
    </div>
  );
}
