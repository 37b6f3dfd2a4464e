import { systemClock } from "@kerbside/proto/base/clock.system";
import { ShapeHub } from "./hub.ts";
import { linkOf } from "./link.ts";
import { untilLockFree } from "./lock.browser.ts";
import { ElectricSource } from "./stream.electric.ts";

/** The hub within the page, where there is no SharedWorker. Loaded only then. */
export function attachInPage(port: MessagePort): void {
  const source = new ElectricSource({ baseUrl: location.origin, clock: systemClock });
  new ShapeHub({ source, clock: systemClock, untilGone: untilLockFree }).attach(linkOf(port));
}
