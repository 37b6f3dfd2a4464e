import { accountsRows, deviceRows } from "./accounts.rows.ts";
import { configRows, mapsRows } from "./config.rows.ts";
import { deliveryRows, dispatchRows } from "./deliveries.rows.ts";
import { integrationsRows } from "./integrations.rows.ts";
import { fleetRows, gatewayRows, operationsRows, stateRows } from "./robots.rows.ts";
import type { Row } from "./row.ts";

/** A row for every endpoint there is. */
export const rows: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  accounts: accountsRows,
  config: configRows,
  deliveries: deliveryRows,
  device: deviceRows,
  dispatch: dispatchRows,
  fleet: fleetRows,
  integrations: integrationsRows,
  maps: mapsRows,
  operations: operationsRows,
  "robot-gateway": gatewayRows,
  state: stateRows,
};
