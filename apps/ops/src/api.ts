import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import {
  accountsRoutes,
  configRoutes,
  deliveryRoutes,
  mapsRoutes,
  operationsRoutes,
  robotGatewayRoutes,
} from "@kerbside/apps-kit/api/routes.ts";

/** The services that mission control speaks to. */
export const api = {
  accounts: apiClient(accountsRoutes),
  config: apiClient(configRoutes),
  deliveries: apiClient(deliveryRoutes),
  maps: apiClient(mapsRoutes),
  operations: apiClient(operationsRoutes),
  robotGateway: apiClient(robotGatewayRoutes),
};
