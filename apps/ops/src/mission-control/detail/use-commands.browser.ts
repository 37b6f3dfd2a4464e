import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { newRequestId } from "@kerbside/apps-kit/api/request-id.browser.ts";
import { type Called, useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import { browserClock } from "@kerbside/apps-kit/time/clock.browser.ts";
import type { CommandKind } from "@kerbside/proto/robot/command";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandTable } from "@kerbside/proto/states/command";
import { isState, isTerminal } from "@kerbside/proto/states/table";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { api } from "../../api.ts";

export interface Ordering {
  /** Why the last order did not go out; null when it did. */
  readonly problem: string | null;
  /** What is on its way to the server now; null for nothing. */
  readonly sending: CommandKind | null;
  readonly send: (kind: CommandKind, args?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly cancel: (command: CommandView) => Promise<void>;
}

export interface Commands extends Ordering {
  readonly list: Called<readonly CommandView[]>;
}

const shown = 5;
/** While a command lives its list is read again so long after each answer. */
const pollMs = 1_000;

export const stopArgs = { reason: "stopped from mission control" } as const;

/** Orders to a robot; `onDone` after each, whether it went out or not. */
export function useOrdering(robotId: string, onDone?: () => void): Ordering {
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState<CommandKind | null>(null);

  const attempt = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work();
        setProblem(null);
      } catch (cause) {
        setProblem(faultText(cause));
      }
      onDone?.();
    },
    [onDone],
  );

  return {
    problem,
    sending,
    send: async (kind, args = {}) => {
      setSending(kind);
      const body = { kind, args, request_id: newRequestId() };
      await attempt(() => api.robotGateway.sendCommand({ params: { robot_id: robotId }, body }));
      setSending(null);
    },
    cancel: ({ command_id }) =>
      attempt(() => api.robotGateway.cancelCommand({ params: { robot_id: robotId, command_id } })),
  };
}

/** The latest orders to a robot. A state here is the robot's own evidence, never our hope. */
export function useCommands(robotId: string): Commands {
  const list = useCall({ subject: `commands/${robotId}` }, async (signal) => {
    const { items } = await api.robotGateway.listCommands(
      { params: { robot_id: robotId }, query: { limit: shown } },
      signal,
    );
    return items;
  });
  const { again, heard } = list;
  const ordering = useOrdering(robotId, again);
  const isAlive = list.data?.some(lives) ?? false;

  const askAfter = useEffectEvent((_heard: number, signal: AbortSignal) => {
    browserClock.sleep(pollMs, signal).then(again, () => undefined);
  });
  useEffect(() => {
    if (!isAlive) return;
    const stopping = new AbortController();
    askAfter(heard, stopping.signal);
    return () => stopping.abort();
  }, [isAlive, heard]);

  return { list, ...ordering };
}

function lives({ state }: CommandView): boolean {
  return isState(commandTable, state) && !isTerminal(commandTable, state);
}
