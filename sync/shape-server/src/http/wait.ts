import type { Clock } from "@kerbside/proto/base/clock";
import type { Shape } from "../shapes/shape.ts";

/** An abort without a reason of its own makes one, with a stack, each time. */
const isOver = new Error("the wait is over");

/** Resolves when the shape changed or ended, or the time is over; rejects when whoever asked has gone. */
export function untilChanged(
  shape: Shape,
  { clock, limitMs, signal }: { readonly clock: Clock; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<"changed" | "time_over"> {
  return new Promise((resolve, reject) => {
    const rest = new AbortController();
    const stop = (): void => {
      giveUp();
      signal.removeEventListener("abort", onAbort);
      rest.abort(isOver);
    };
    const onAbort = (): void => {
      stop();
      reject(signal.reason);
    };
    const finish = (why: "changed" | "time_over"): void => {
      stop();
      resolve(why);
    };
    const giveUp = shape.onceChanged(() => finish("changed"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    clock.sleep(limitMs, rest.signal).then(
      () => finish("time_over"),
      () => undefined,
    );
  });
}
