export { type GatekeeperOptions, gatekeeper, type Upstream } from "./gatekeeper.ts";
export type { ShapePolicy, ShapeRows } from "./shape-policy.ts";
export { underBase } from "./upstream-url.ts";
