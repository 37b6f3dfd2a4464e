import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { newRequestId } from "@kerbside/apps-kit/api/request-id.browser.ts";
import { type Called, useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import { browserClock } from "@kerbside/apps-kit/time/clock.browser.ts";
import type { CommandKind } from "@kerbside/proto/robot/command";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandTable } from "@kerbside/proto/states/command";
import { isState, isTerminal } from "@kerbside/proto/states/table";
import { useCallback, useEffect, useState } from "react";
import { api } from "../../api.ts";

export interface Commands {
  readonly list: Called<readonly CommandView[]>;
  /** Why the last order did not go out; null when it did. */
  readonly problem: string | null;
  readonly send: (kind: CommandKind, args?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly cancel: (command: CommandView) => Promise<void>;
}

const shown = 5;
/** While a command lives its list is read again this often. */
const pollMs = 1_000;

/** The latest orders to a robot. A state here is the robot's own evidence, never our hope. */
export function useCommands(robotId: string): Commands {
  const [problem, setProblem] = useState<string | null>(null);
  const list = useCall({ subject: `commands/${robotId}` }, async (signal) => {
    const { items } = await api.robotGateway.listCommands(
      { params: { robot_id: robotId }, query: { limit: shown } },
      signal,
    );
    return items;
  });
  const { again } = list;
  const isAlive = list.data?.some(lives) ?? false;

  useEffect(() => {
    if (!isAlive) return;
    const stopping = new AbortController();
    const poll = async (): Promise<void> => {
      for (;;) {
        await browserClock.sleep(pollMs, stopping.signal);
        again();
      }
    };
    poll().catch(() => undefined);
    return () => stopping.abort();
  }, [isAlive, again]);

  const attempt = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work();
        setProblem(null);
      } catch (cause) {
        setProblem(faultText(cause));
      }
      again();
    },
    [again],
  );

  return {
    list,
    problem,
    send: (kind, args = {}) =>
      attempt(() =>
        api.robotGateway.sendCommand({
          params: { robot_id: robotId },
          body: { kind, args, request_id: newRequestId() },
        }),
      ),
    cancel: ({ command_id }) =>
      attempt(() => api.robotGateway.cancelCommand({ params: { robot_id: robotId, command_id } })),
  };
}

export function lives({ state }: CommandView): boolean {
  return isState(commandTable, state) && !isTerminal(commandTable, state);
}
