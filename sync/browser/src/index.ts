export { openShape } from "./page.browser.ts";
export type { OpenShape, RowBatch } from "./tab.ts";
export type { ShapeStatus } from "./wire.ts";
