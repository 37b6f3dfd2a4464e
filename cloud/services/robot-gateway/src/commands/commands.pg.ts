import type { Appended, Database, Outbox, Transaction } from "@kerbside/cloud-kit/service";
import { Actor } from "@kerbside/proto/base/actor";
import type { PageEnd } from "@kerbside/proto/base/cursor";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandStates } from "@kerbside/proto/states/command";
import { and, desc, eq, inArray, lt, or, sql } from "drizzle-orm";
import * as z from "zod";
import { commands } from "../tables.ts";
import { type CommandLife, sweepDueAtMs } from "./command.ts";

type Row = typeof commands.$inferSelect;

const Args = z.record(z.string(), z.unknown());
const Steps = z.array(z.object({ state: z.enum(commandStates), atMs: z.int() }));

/** A command as it is kept: what was ordered, its sealed bytes, and how far its life has come. */
export interface KeptCommand {
  readonly commandId: string;
  readonly robotId: string;
  readonly organizationId: string;
  readonly kind: Row["kind"];
  readonly args: Record<string, unknown>;
  readonly deliveryId: string | null;
  readonly actor: Actor;
  readonly sealed: string;
  readonly issuedAtMs: number;
  readonly life: CommandLife;
}

/**
 * Keeps a new command with the events about it and, where it may go out, tells the robot in its mirror: in one statement,
 * because somebody holds a button and waits. False when there is a command of this id already.
 */
export async function addCommand(
  on: Database | Transaction,
  {
    command,
    goesOut,
    events,
  }: { readonly command: KeptCommand; readonly goesOut: boolean; readonly events: readonly Appended[] },
  outbox: Outbox,
): Promise<boolean> {
  const row = JSON.stringify(toRecord(command));
  const count = await outbox.appendWithin(on, events, {
    when: sql`exists (select from made)`,
    compose: (insertion) => sql`
      with made as (
        insert into command select * from jsonb_populate_record(null::command, ${row}::jsonb)
        on conflict do nothing
        returning robot_id, command_id, sealed, issued_at
      ), told as (
        insert into mirror (robot_id, kind, id, version, body, changed_at)
        select robot_id, 'command', command_id::text, 1, sealed, issued_at from made where ${goesOut}::boolean
      ), said as (${insertion})
      select from made`,
  });
  return count > 0;
}

export async function findCommand(db: Database | Transaction, commandId: string): Promise<KeptCommand | null> {
  const [row] = await db.select().from(commands).where(eq(commands.commandId, commandId));
  return row ? fromRow(row) : null;
}

/** Locked until the transaction ends, always in the same order. */
export async function lockCommands(tx: Transaction, commandIds: readonly string[]): Promise<readonly KeptCommand[]> {
  if (commandIds.length === 0) return [];
  const rows = await tx
    .select()
    .from(commands)
    .where(inArray(commands.commandId, [...commandIds]))
    .orderBy(commands.commandId)
    .for("update");
  return rows.map(fromRow);
}

/** Commands whose life the cloud has to end, that nobody else is ending just now. */
export async function lockDueCommands(tx: Transaction, nowMs: number, max: number): Promise<readonly KeptCommand[]> {
  const rows = await tx
    .select()
    .from(commands)
    .where(sql`${commands.dueAt} <= ${toInstant(nowMs)}`)
    .orderBy(commands.dueAt)
    .limit(max)
    .for("update", { skipLocked: true });
  return rows.map(fromRow);
}

export async function saveLife(tx: Transaction, { commandId, life }: KeptCommand): Promise<void> {
  await tx.update(commands).set(lifeColumns(life)).where(eq(commands.commandId, commandId));
}

/** Whether a command waits for the first word of a robot that is there. */
export async function isUnheardOf(db: Database, commandId: string): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    select from command c join link l on l.robot_id = c.robot_id
    where c.command_id = ${commandId} and c.state in ('created', 'queued') and l.state in ('online', 'degraded')`);
  return (rowCount ?? 0) > 0;
}

/** Commands that have not gone out, and may still: of one robot or of all. */
export async function queuedCommands(
  db: Database,
  { nowMs, max, robotId }: { readonly nowMs: number; readonly max: number; readonly robotId?: string | undefined },
): Promise<readonly KeptCommand[]> {
  const rows = await db
    .select()
    .from(commands)
    .where(
      and(
        inArray(commands.state, ["created", "queued"]),
        sql`${commands.dueAt} > ${toInstant(nowMs)}`,
        robotId === undefined ? undefined : eq(commands.robotId, robotId),
      ),
    )
    .orderBy(commands.issuedAt)
    .limit(max);
  return rows.map(fromRow);
}

/** Orders to open that these robots have not begun, as far as we know. */
export async function waitingOpenings(tx: Transaction, robotIds: readonly string[]): Promise<readonly string[]> {
  if (robotIds.length === 0) return [];
  const rows = await tx
    .select({ commandId: commands.commandId })
    .from(commands)
    .where(
      and(
        inArray(commands.robotId, [...robotIds]),
        eq(commands.kind, "open_lid"),
        inArray(commands.state, ["created", "queued", "sent"]),
      ),
    );
  return rows.map(({ commandId }) => commandId);
}

/** One row more than a page, newest first. */
export async function pageOfCommands(
  db: Database,
  robotId: string,
  { after, max }: { readonly after: PageEnd | null; readonly max: number },
): Promise<readonly KeptCommand[]> {
  const beyond =
    after &&
    or(
      lt(commands.issuedAt, after.createdAt),
      and(eq(commands.issuedAt, after.createdAt), lt(commands.commandId, after.id)),
    );
  const rows = await db
    .select()
    .from(commands)
    .where(and(eq(commands.robotId, robotId), beyond ?? undefined))
    .orderBy(desc(commands.issuedAt), desc(commands.commandId))
    .limit(max);
  return rows.map(fromRow);
}

export function toView(command: KeptCommand): CommandView {
  const { life } = command;
  return {
    command_id: command.commandId,
    robot_id: command.robotId,
    kind: command.kind,
    args: command.args,
    delivery_id: command.deliveryId,
    actor: command.actor,
    state: life.state,
    reason: life.reason,
    observed_outcome: life.observedOutcome,
    issued_at: toInstant(command.issuedAtMs),
    expires_at: toInstant(life.expiresAtMs),
    ended_at: life.endedAtMs === null ? null : toInstant(life.endedAtMs),
    life: life.steps.map(({ state, atMs }) => ({ state, at: toInstant(atMs) })),
  };
}

/** Named as the table's columns are. */
function toRecord(command: KeptCommand) {
  const life = lifeColumns(command.life);
  return {
    command_id: command.commandId,
    robot_id: command.robotId,
    organization_id: command.organizationId,
    kind: command.kind,
    args: command.args,
    delivery_id: command.deliveryId,
    actor: command.actor,
    sealed: command.sealed,
    state: life.state,
    reason: life.reason,
    observed_outcome: life.observedOutcome,
    issued_at: toInstant(command.issuedAtMs),
    expires_at: toInstant(command.life.expiresAtMs),
    ended_at: life.endedAt,
    due_at: life.dueAt,
    steps: life.steps,
  };
}

function lifeColumns(life: CommandLife) {
  const dueAtMs = sweepDueAtMs(life);
  return {
    state: life.state,
    reason: life.reason,
    observedOutcome: life.observedOutcome,
    endedAt: life.endedAtMs === null ? null : toInstant(life.endedAtMs),
    dueAt: dueAtMs === null ? null : toInstant(dueAtMs),
    steps: life.steps,
  };
}

function fromRow(row: Row): KeptCommand {
  const { commandId, robotId, organizationId, kind, deliveryId, sealed } = row;
  return {
    commandId,
    robotId,
    organizationId,
    kind,
    deliveryId,
    sealed,
    args: Args.parse(row.args),
    actor: Actor.parse(row.actor),
    issuedAtMs: fromInstant(row.issuedAt),
    life: {
      state: row.state,
      reason: row.reason,
      observedOutcome: row.observedOutcome,
      expiresAtMs: fromInstant(row.expiresAt),
      endedAtMs: row.endedAt === null ? null : fromInstant(row.endedAt),
      steps: Steps.parse(row.steps),
    },
  };
}
