import type { Role } from "../base/roles.ts";
import type { CommandKind } from "./command.ts";

/** Who may order what. Zod-free, so that screens can disable a button for the same reason as the server refuses it. */
const commandRoles: Readonly<Record<CommandKind, readonly Role[]>> = {
  open_lid: ["admin", "ops", "mechanic"],
  close_lid: ["admin", "ops", "pilot", "mechanic"],
  engage_estop: ["admin", "ops", "pilot", "mechanic"],
  release_estop: ["admin", "ops", "pilot", "mechanic"],
  cancel_mission: ["admin", "ops"],
  identify: ["admin", "ops", "pilot", "mechanic"],
};

export function maySendCommand(role: Role, kind: CommandKind): boolean {
  return commandRoles[kind].includes(role);
}
