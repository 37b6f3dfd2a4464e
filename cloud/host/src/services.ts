import { accounts } from "@kerbside/cloud-accounts";
import { config } from "@kerbside/cloud-config";
import { deliveries } from "@kerbside/cloud-deliveries";
import { device } from "@kerbside/cloud-device";
import { dispatch } from "@kerbside/cloud-dispatch";
import { fleet } from "@kerbside/cloud-fleet";
import { integrations } from "@kerbside/cloud-integrations";
import type { Service } from "@kerbside/cloud-kit/service";
import { maps } from "@kerbside/cloud-maps";
import { operations } from "@kerbside/cloud-operations";
import { robotGateway } from "@kerbside/cloud-robot-gateway";
import { state } from "@kerbside/cloud-state";

/** Every service of the platform. */
export const services: readonly Service[] = [
  accounts,
  config,
  device,
  robotGateway,
  state,
  fleet,
  maps,
  dispatch,
  deliveries,
  operations,
  integrations,
];
