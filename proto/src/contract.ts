import type { Routes } from "./base/endpoint.ts";
import type { EventType } from "./base/event.ts";
import { auditEntry } from "./events/accounts.ts";
import { attemptEvent, deliveryEvent, planEvent, testDeliveryEvent, unlockRequested } from "./events/deliveries.ts";
import { availabilityChanged, robotEnrolled, robotRevoked, transitionCompleted } from "./events/fleet.ts";
import { missionIssued, missionWithdrawn, tripEvent } from "./events/operations.ts";
import * as robots from "./events/robots.ts";
import { accountsRoutes } from "./routes/accounts.ts";
import { configRoutes } from "./routes/config.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { deviceRoutes } from "./routes/device.ts";
import { dispatchRoutes } from "./routes/dispatch.ts";
import { fleetRoutes } from "./routes/fleet.ts";
import { integrationsRoutes } from "./routes/integrations.ts";
import { mapsRoutes } from "./routes/maps.ts";
import { operationsRoutes } from "./routes/operations.ts";
import { robotGatewayRoutes } from "./routes/robot-gateway.ts";
import { stateRoutes } from "./routes/state.ts";

/** Every service's endpoints, by the service's name: what is printed, mounted and called. */
export const services: Readonly<Record<string, Routes>> = {
  accounts: accountsRoutes,
  config: configRoutes,
  deliveries: deliveryRoutes,
  device: deviceRoutes,
  dispatch: dispatchRoutes,
  fleet: fleetRoutes,
  integrations: integrationsRoutes,
  maps: mapsRoutes,
  operations: operationsRoutes,
  "robot-gateway": robotGatewayRoutes,
  state: stateRoutes,
};

/** Every fact that services tell each other, by name. */
export const events: readonly EventType[] = [
  auditEntry,
  deliveryEvent,
  testDeliveryEvent,
  attemptEvent,
  unlockRequested,
  planEvent,
  robotEnrolled,
  robotRevoked,
  availabilityChanged,
  transitionCompleted,
  tripEvent,
  missionIssued,
  missionWithdrawn,
  ...Object.values(robots),
].sort((a, b) => (a.type < b.type ? -1 : 1));
