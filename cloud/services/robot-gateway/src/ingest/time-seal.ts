import type { Clock } from "@kerbside/proto/base/clock";
import type { Signed, SignedTime } from "@kerbside/proto/robot/signed";
import type { Signer } from "../keys/signer.ts";

/** Signing for each acknowledgement would cost more than judging its batch. */
const everyMs = 300_000;
const rememberedMax = 50_000;

/** Gives each robot the cloud's time over our signature now and then. */
export class TimeSeal {
  readonly #clock: Clock;
  readonly #signer: Signer;
  readonly #sealedAtMs = new Map<string, number>();

  constructor(clock: Clock, signer: Signer) {
    this.#clock = clock;
    this.#signer = signer;
  }

  /** Null while the last one is young enough. */
  forRobot(robotId: string): Signed | null {
    const monotonicMs = this.#clock.monotonic();
    const last = this.#sealedAtMs.get(robotId);
    if (last !== undefined && monotonicMs - last < everyMs) return null;
    if (this.#sealedAtMs.size >= rememberedMax) this.#sealedAtMs.clear();
    this.#sealedAtMs.set(robotId, monotonicMs);
    const time: SignedTime = { v: 1, robot_id: robotId, at: this.#clock.now() };
    return this.#signer.sign("time", time);
  }

  /** A robot that connects anew may have lost its clock: its next acknowledgement carries the time. */
  forget(robotId: string): void {
    this.#sealedAtMs.delete(robotId);
  }
}
