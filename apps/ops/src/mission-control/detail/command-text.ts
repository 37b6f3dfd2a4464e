import type { CommandKind } from "@kerbside/proto/robot/command";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandTable } from "@kerbside/proto/states/command";
import { labelOf, type Label } from "@kerbside/apps-kit/state/tone.ts";

export const commandTexts: Readonly<Record<CommandKind, string>> = {
  open_lid: "Open the lid",
  close_lid: "Lock the lid",
  engage_estop: "Stop",
  release_estop: "Release the stop",
  cancel_mission: "Cancel the mission",
  identify: "Identify",
};

/** So long after its end the fate of a stop still stands beside the button. */
const toldMs = 20_000;

/** How the latest order to stop or to let go fares, to be said where the button is; null when it is long over. */
export function stopNews(commands: readonly CommandView[], nowMs: number): Label | null {
  const latest = commands.find(({ kind }) => kind === "engage_estop" || kind === "release_estop");
  if (!latest || (latest.ended_at !== null && nowMs - Date.parse(latest.ended_at) > toldMs)) return null;
  const { text, tone } = labelOf(commandTable, latest.state);
  return { text: `${commandTexts[latest.kind]}: ${text}`, tone };
}
