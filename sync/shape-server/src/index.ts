export type { ShapeServerEvent } from "./events.ts";
export { type ShapeServer, type ShapeServerOptions, type ShapeServerStatus, startShapeServer } from "./server.ts";
