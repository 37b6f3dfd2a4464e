import { audited } from "@kerbside/cloud-kit/audit";
import type { Appended, Database, Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { toInstant } from "@kerbside/proto/base/time";
import type { Signer } from "../keys/signer.ts";
import type { KnownRobot } from "../robots/robots.pg.ts";
import { service } from "../service-actor.ts";
import { cancel, newCommandLife } from "./command.ts";
import { addCommand, findCommand, type KeptCommand } from "./commands.pg.ts";
import { stepEvents } from "./lives.pg.ts";
import {
  deliveryOf,
  isRepeated,
  nextIssuedSeq,
  type Order,
  type OrderRefusal,
  toCommand,
  whyNoOrder,
} from "./order.ts";

export interface IssuePorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly signer: Signer;
}

/** Turns orders into commands: sealed, kept, put into the robot's mirror and told to other services, all or nothing. */
export class Issuer {
  readonly #ports: IssuePorts;
  #lastSeq = 0;

  constructor(ports: IssuePorts) {
    this.#ports = ports;
  }

  /** Durable with one statement, given the database. `isNew` false: the same order was given before, and this is what became of it. */
  async issue(
    on: Database | Transaction,
    order: Order,
    robot: KnownRobot,
  ): Promise<
    Result<{ readonly command: KeptCommand; readonly isNew: boolean }, "idempotency_conflict" | OrderRefusal>
  > {
    const refusal = whyNoOrder(order.kind, robot);
    if (refusal) return err(refusal);
    const command = this.#seal(order, robot);
    const events = [...stepEvents(null, command, order.actor), audit(command, order)];
    const isNew = await addCommand(on, { command, goesOut: true, events }, this.#ports.outbox);
    return isNew ? ok({ command, isNew }) : repeated(on, order);
  }

  /** An order that must not go out is kept all the same, at its end: whoever asked hears why. */
  async refuse(tx: Transaction, order: Order, robot: KnownRobot, reason: string): Promise<void> {
    const ordered = this.#seal(order, robot);
    const cancelled = cancel(ordered.life, reason, ordered.issuedAtMs);
    const command = cancelled.ok ? { ...ordered, life: cancelled.value } : ordered;
    const events = stepEvents(null, command, service);
    await addCommand(tx, { command, goesOut: false, events }, this.#ports.outbox);
  }

  #seal(order: Order, { robotId, organizationId, epoch }: KnownRobot): KeptCommand {
    const nowMs = this.#ports.clock.now();
    this.#lastSeq = nextIssuedSeq(this.#lastSeq, nowMs);
    const payload = toCommand(order, epoch, { nowMs, seq: this.#lastSeq });
    return {
      commandId: order.commandId,
      robotId,
      organizationId,
      kind: order.kind,
      args: payload.args,
      deliveryId: deliveryOf(order),
      actor: order.actor,
      sealed: JSON.stringify(this.#ports.signer.sign("command", payload)),
      issuedAtMs: nowMs,
      life: newCommandLife(nowMs, payload.expires_at),
    };
  }
}

async function repeated(
  on: Database | Transaction,
  order: Order,
): Promise<Result<{ readonly command: KeptCommand; readonly isNew: boolean }, "idempotency_conflict">> {
  const made = await findCommand(on, order.commandId);
  if (!made) return err("idempotency_conflict");
  const same = isRepeated(order, made);
  return same.ok ? ok({ command: made, isNew: false }) : same;
}

function audit(command: KeptCommand, { causationId = null }: { readonly causationId?: string | null }): Appended {
  const { commandId: command_id, robotId, kind, args, actor, organizationId } = command;
  const deed = {
    by: { ...actor, causationId },
    organizationId,
    action: "commands/issued",
    subject: { kind: "robot", id: robotId },
    details: { command_id, kind, ...args },
  };
  return audited(deed, toInstant(command.issuedAtMs));
}
