import { spawnSync } from "node:child_process";
import { SerialLidController } from "@kerbside/hardware/lid/controller.serial";
import { TcpLidController } from "@kerbside/hardware/lid/controller.tcp";
import type { LidMechanism } from "@kerbside/hardware/lid/mechanism.sim";
import { openPtyPair } from "@kerbside/hardware/serial/pty.node";
import type { Clock } from "@kerbside/proto/base/clock";

/** A simulated lid controller behind a line, and what to give an agent as `--lid` to be at its other end. */
export interface LidLine extends AsyncDisposable {
  readonly mechanism: LidMechanism;
  readonly flag: string;
  /** The process that carries it, and a word of its command line; null where it is in this one. */
  readonly carrier: { readonly pid: number | undefined; readonly mark: string } | null;
}

/** A pseudo-terminal where socat can make one, else a socket: the same bytes either way. */
export async function openLidLine(clock: Clock): Promise<LidLine> {
  if (spawnSync("socat", ["-V"], { stdio: "ignore" }).status !== 0) return overTcp(clock);
  await using undo = new AsyncDisposableStack();
  const pair = undo.use(await openPtyPair());
  const controller = undo.use(new SerialLidController({ path: pair.devicePath, clock }));
  const owned = undo.move();
  return {
    mechanism: controller.mechanism,
    flag: `serial:${pair.hostPath}`,
    carrier: { pid: pair.pid, mark: pair.hostPath },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function overTcp(clock: Clock): Promise<LidLine> {
  const controller = await TcpLidController.listen(clock);
  return {
    mechanism: controller.mechanism,
    flag: controller.path,
    carrier: null,
    [Symbol.asyncDispose]: () => controller[Symbol.asyncDispose](),
  };
}
