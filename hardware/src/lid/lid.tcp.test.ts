import { describe, expect, vi } from "vitest";
import { TcpLidController } from "./controller.tcp.ts";
import { SerialLid } from "./lid.serial.ts";
import { type LidRig, lidSuite } from "./lid.suite.ts";

describe("serial behind a network server", () => {
  lidSuite(makeRig);
});

async function makeRig(): Promise<LidRig> {
  const device = await TcpLidController.listen();
  const lid = new SerialLid({ path: device.path });
  const until = (holds: () => boolean): Promise<void> =>
    vi.waitFor(() => expect(holds()).toBe(true), { timeout: 5_000, interval: 10 });
  await until(() => lid.read().position === "closed");
  return {
    lid,
    body: device.mechanism,
    cutLink: () => device.mute(),
    restoreLink: () => device.unmute(),
    until,
    async [Symbol.asyncDispose]() {
      await lid[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
    },
  };
}
