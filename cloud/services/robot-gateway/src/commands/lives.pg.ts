import { type Appended, appended, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Clock } from "@kerbside/proto/base/clock";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { toInstant } from "@kerbside/proto/base/time";
import { commandChanged } from "@kerbside/proto/events/robots";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import { buryRows } from "../mirror/mirror.pg.ts";
import { service } from "../service-actor.ts";
import { advance, type CommandLife, cancel, evidenceOf, hasEnded, markSent, sweep } from "./command.ts";
import { type KeptCommand, lockCommands, lockDueCommands, saveLife } from "./commands.pg.ts";

export interface LifePorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** A robot's facts in the order of its journal. Answers the commands that they moved. */
export async function hearEvidence(
  tx: Transaction,
  facts: readonly { readonly robotId: string; readonly entry: JournalEntry }[],
  ports: LifePorts,
): Promise<readonly KeptCommand[]> {
  const heard = facts.flatMap((fact) => {
    const found = evidenceOf(fact.entry);
    return found ? [{ ...found, robotId: fact.robotId }] : [];
  });
  const locked = await lockCommands(tx, [...new Set(heard.map(({ commandId }) => commandId))]);
  const nowMs = ports.clock.now();
  const moved: Moved[] = [];
  for (const before of locked) {
    const words = heard.filter((word) => word.commandId === before.commandId && word.robotId === before.robotId);
    const life = words.reduce((at, { evidence }) => advance(at, evidence, nowMs), before.life);
    if (life !== before.life) moved.push({ before, life, actor: { kind: "robot", id: before.robotId } });
  }
  return keep(tx, moved, ports);
}

/** The messages are with the broker. */
export async function recordSent(tx: Transaction, commandIds: readonly string[], ports: LifePorts): Promise<void> {
  const locked = await lockCommands(tx, commandIds);
  const nowMs = ports.clock.now();
  const moved = locked.map((before) => ({ before, life: markSent(before.life, nowMs), actor: service }));
  await keep(tx, moved, ports);
}

export async function cancelCommand(
  tx: Transaction,
  { commandId, reason, actor }: { readonly commandId: string; readonly reason: string; readonly actor: Actor },
  ports: LifePorts,
): Promise<Result<KeptCommand, "command_not_found" | "command_not_cancellable">> {
  const [before] = await lockCommands(tx, [commandId]);
  if (!before) return err("command_not_found");
  const cancelled = cancel(before.life, reason, ports.clock.now());
  if (!cancelled.ok) return cancelled;
  await keep(tx, [{ before, life: cancelled.value, actor }], ports);
  return ok({ ...before, life: cancelled.value });
}

/** Ends what nobody else has ended in time. Answers the commands that are at their end. */
export async function sweepCommands(tx: Transaction, max: number, ports: LifePorts): Promise<readonly KeptCommand[]> {
  const nowMs = ports.clock.now();
  const due = await lockDueCommands(tx, nowMs, max);
  const moved = due.map((before) => ({ before, life: sweep(before.life, nowMs), actor: service }));
  return keep(tx, moved, ports);
}

/** Each step that a life took, as an event of its own, so that every history is a path in the table. */
export function stepEvents(
  before: Pick<KeptCommand, "life"> | null,
  after: KeptCommand,
  actor: Actor,
): readonly Appended[] {
  const { commandId: command_id, robotId: robot_id, kind, deliveryId: delivery_id, life } = after;
  const known = before ? before.life.steps.length : 1;
  return life.steps.slice(known).map(({ state, atMs }, index) =>
    appended(commandChanged, {
      subject_id: robot_id,
      organization_id: after.organizationId,
      event_time: toInstant(atMs),
      actor,
      body: {
        robot_id,
        command_id,
        kind,
        from: life.steps[known + index - 1]?.state ?? "created",
        to: state,
        reason: state === life.state ? life.reason : null,
        delivery_id,
      },
    }),
  );
}

interface Moved {
  readonly before: KeptCommand;
  readonly life: CommandLife;
  readonly actor: Actor;
}

/** A dead command is taken out of the robot's mirror in the same transaction. */
async function keep(tx: Transaction, moved: readonly Moved[], { outbox, clock }: LifePorts): Promise<KeptCommand[]> {
  const changed = moved.filter(({ before, life }) => life !== before.life);
  const commands = changed.map(({ before, life }) => ({ ...before, life }));
  for (const command of commands) await saveLife(tx, command);
  const dead = changed.filter(({ before, life }) => hasEnded(life) && !hasEnded(before.life));
  const rows = dead.map(({ before }) => ({ robot_id: before.robotId, kind: "command", id: before.commandId }) as const);
  await buryRows(tx, rows, toInstant(clock.now()));
  await outbox.appendAll(
    tx,
    changed.flatMap(({ before, life, actor }) => stepEvents(before, { ...before, life }, actor)),
  );
  return commands;
}
