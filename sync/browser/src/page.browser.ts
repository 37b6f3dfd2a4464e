import { systemClock } from "@kerbside/proto/base/clock.system";
import type { ShapeName, Shapes } from "@kerbside/proto/shapes/shapes";
import { linkOf } from "./link.ts";
import { type OpenShape, ShapeTab } from "./tab.ts";
import type { ToHub, ToTab } from "./wire.ts";

const hiddenFrameMs = 200;
let tab: ShapeTab | null = null;

/**
 * Follows a named shape as `principal` (`{kind}:{id}`, as the session says). All pages of this origin share one
 * SharedWorker that holds the streams, at most two at a time; without SharedWorker the page holds its own. `token` where no
 * cookie speaks for the principal, as behind a tracking link.
 */
export function openShape<Name extends ShapeName>(
  name: Name,
  principal: string,
  token?: string,
): OpenShape<Shapes[Name]> {
  tab ??= makeTab();
  return tab.openShape(name, principal, token);
}

function makeTab(): ShapeTab {
  const link = linkOf<ToHub, ToTab>(connect());
  const made = new ShapeTab({ link, now: () => systemClock.now(), atNextFrame });
  holdLock((lock) => link.send({ type: "hello", lock }));
  addEventListener("pagehide", () => made.leave());
  addEventListener("pageshow", (event) => {
    if (event.persisted) made.resume();
  });
  return made;
}

function connect(): MessagePort {
  if (typeof SharedWorker === "function") {
    return new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "kerbside-shapes" }).port;
  }
  const { port1, port2 } = new MessageChannel();
  // Messages wait in the port until the hub is there.
  void import("./in-page.browser.ts").then(({ attachInPage }) => attachInPage(port1));
  return port2;
}

/** A lock lives exactly as long as its page: the hub learns even of a crash. */
function holdLock(onHeld: (name: string) => void): void {
  if (!("locks" in navigator)) return;
  const name = `kerbside-shapes-${crypto.randomUUID()}`;
  void navigator.locks.request(name, () => {
    onHeld(name);
    return new Promise<never>(() => undefined);
  });
}

/** Frames are not drawn in hidden pages; rows still have to arrive there. */
function atNextFrame(work: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    work();
  };
  const timer = setTimeout(once, hiddenFrameMs);
  const frame = requestAnimationFrame(once);
}
