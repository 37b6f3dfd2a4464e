import { attemptTable } from "./attempt.ts";
import { commandTable } from "./command.ts";
import { connectivityTable } from "./connectivity.ts";
import { deliveryTable } from "./delivery.ts";
import { lidTable } from "./lid.ts";
import { quoteTable } from "./quote.ts";
import { assetTable, operationalTable, serviceTable } from "./robot.ts";
import { controlModeTable, motionTable } from "./robot-motion.ts";
import type { Table } from "./table.ts";
import { transitionRequestTable } from "./transition-request.ts";
import { tripTable } from "./trip.ts";

/** The dimensions of a robot's state, by the name that journals and events give them. Independent of each other. */
export const robotDimensions = {
  asset: assetTable,
  service: serviceTable,
  operational_state: operationalTable,
  control_mode: controlModeTable,
  motion_safety: motionTable,
  connectivity: connectivityTable,
} as const satisfies Readonly<Record<string, Table<string, string>>>;
export type RobotDimension = keyof typeof robotDimensions;

/** Every table, by the name under which it is printed. */
export const tables: Readonly<Record<string, Table<string, string>>> = {
  delivery: deliveryTable,
  attempt: attemptTable,
  quote: quoteTable,
  trip: tripTable,
  lid: lidTable,
  command: commandTable,
  transition_request: transitionRequestTable,
  ...robotDimensions,
};
