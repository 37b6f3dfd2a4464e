import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import accountsRoutes from "virtual:kerbside/routes/accounts";
import configRoutes from "virtual:kerbside/routes/config";
import deliveryRoutes from "virtual:kerbside/routes/deliveries";
import operationsRoutes from "virtual:kerbside/routes/operations";
import robotGatewayRoutes from "virtual:kerbside/routes/robot-gateway";

/** The services that mission control speaks to. */
export const api = {
  accounts: apiClient(accountsRoutes),
  config: apiClient(configRoutes),
  deliveries: apiClient(deliveryRoutes),
  operations: apiClient(operationsRoutes),
  robotGateway: apiClient(robotGatewayRoutes),
};
