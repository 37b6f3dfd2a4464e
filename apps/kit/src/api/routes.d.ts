declare module "virtual:kerbside/routes/accounts" {
  import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
  const routes: typeof accountsRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/deliveries" {
  import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
  const routes: typeof deliveryRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/dispatch" {
  import type { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
  const routes: typeof dispatchRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/config" {
  import type { configRoutes } from "@kerbside/proto/routes/config";
  const routes: typeof configRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/fleet" {
  import type { fleetRoutes } from "@kerbside/proto/routes/fleet";
  const routes: typeof fleetRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/operations" {
  import type { operationsRoutes } from "@kerbside/proto/routes/operations";
  const routes: typeof operationsRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/robot-gateway" {
  import type { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
  const routes: typeof robotGatewayRoutes;
  export default routes;
}
declare module "virtual:kerbside/routes/state" {
  import type { stateRoutes } from "@kerbside/proto/routes/state";
  const routes: typeof stateRoutes;
  export default routes;
}
