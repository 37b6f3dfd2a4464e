import { systemClock } from "@kerbside/proto/base/clock.system";
import { ShapeHub } from "./hub.ts";
import { linkOf } from "./link.ts";
import { untilLockFree } from "./lock.browser.ts";
import { ElectricSource } from "./stream.electric.ts";

/** The SharedWorker: one hub for every page of the origin. */
const source = new ElectricSource({ baseUrl: location.origin, clock: systemClock });
const hub = new ShapeHub({ source, clock: systemClock, untilGone: untilLockFree });

addEventListener("connect", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (port) hub.attach(linkOf(port));
});
