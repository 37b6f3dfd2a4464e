import type { accountsRoutes as AccountsRoutes } from "@kerbside/proto/routes/accounts";
import type { configRoutes as ConfigRoutes } from "@kerbside/proto/routes/config";
import type { deliveryRoutes as DeliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { dispatchRoutes as DispatchRoutes } from "@kerbside/proto/routes/dispatch";
import type { fleetRoutes as FleetRoutes } from "@kerbside/proto/routes/fleet";
import type { mapsRoutes as MapsRoutes } from "@kerbside/proto/routes/maps";
import type { operationsRoutes as OperationsRoutes } from "@kerbside/proto/routes/operations";
import type { robotGatewayRoutes as RobotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import type { stateRoutes as StateRoutes } from "@kerbside/proto/routes/state";
import accounts from "virtual:kerbside/routes/accounts";
import config from "virtual:kerbside/routes/config";
import delivery from "virtual:kerbside/routes/deliveries";
import dispatch from "virtual:kerbside/routes/dispatch";
import fleet from "virtual:kerbside/routes/fleet";
import maps from "virtual:kerbside/routes/maps";
import operations from "virtual:kerbside/routes/operations";
import robotGateway from "virtual:kerbside/routes/robot-gateway";
import state from "virtual:kerbside/routes/state";

/** The contracts as a page needs them: methods and paths without validators, with the contracts' own types. */
export const accountsRoutes: typeof AccountsRoutes = accounts;
export const configRoutes: typeof ConfigRoutes = config;
export const deliveryRoutes: typeof DeliveryRoutes = delivery;
export const dispatchRoutes: typeof DispatchRoutes = dispatch;
export const fleetRoutes: typeof FleetRoutes = fleet;
export const mapsRoutes: typeof MapsRoutes = maps;
export const operationsRoutes: typeof OperationsRoutes = operations;
export const robotGatewayRoutes: typeof RobotGatewayRoutes = robotGateway;
export const stateRoutes: typeof StateRoutes = state;
