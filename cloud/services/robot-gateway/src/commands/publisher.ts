import type { Clock } from "@kerbside/proto/base/clock";
import { Signed } from "@kerbside/proto/robot/signed";
import { topics } from "@kerbside/proto/robot/topics";
import { packSigned } from "@kerbside/sync/uplink";
import type { Broker } from "../broker.ts";
import type { KeptCommand } from "./commands.pg.ts";

/** A robot that hears it has answered by then, and its word says more than ours. */
const sentAfterMs = 100;

export interface PublisherPorts {
  readonly clock: Clock;
  readonly broker: Broker;
  /** Whether a robot is there to hear it that has not said anything of it yet. */
  readonly isUnheard: (commandId: string) => Promise<boolean>;
  readonly recordSent: (commandIds: readonly string[]) => Promise<void>;
  readonly onProblem: (problem: unknown) => void;
}

/**
 * The fast road: the bytes of the mirror row, over MQTT. It may fail; the row is on the other road anyway, and the
 * robot knows the second copy by its id.
 */
export class CommandPublisher {
  readonly #ports: PublisherPorts;
  readonly #underWay = new Set<string>();

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
  }

  /** Never throws and need not be awaited; what did not go out stays queued. */
  async publish(command: Pick<KeptCommand, "commandId" | "robotId" | "sealed">): Promise<void> {
    const { commandId, robotId, sealed } = command;
    if (this.#underWay.has(commandId)) return;
    this.#underWay.add(commandId);
    try {
      const bytes = packSigned(Signed.parse(JSON.parse(sealed)));
      await this.#ports.broker.publish(topics.command(robotId), bytes, { qos: 1 });
      void this.#recordSent(commandId);
    } catch (problem) {
      this.#ports.onProblem(problem);
    } finally {
      this.#underWay.delete(commandId);
    }
  }

  async #recordSent(commandId: string): Promise<void> {
    const { clock, isUnheard, recordSent, onProblem } = this.#ports;
    try {
      await clock.sleep(sentAfterMs);
      if (await isUnheard(commandId)) await recordSent([commandId]);
    } catch (problem) {
      onProblem(problem);
    }
  }
}
