import { audited } from "@kerbside/cloud-kit/audit";
import type { Database, Handlers, Outbox } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { answerPage, pageOf } from "@kerbside/proto/base/page";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import type { CommandKind } from "@kerbside/proto/robot/command";
import { maySendCommand } from "@kerbside/proto/robot/command-roles";
import type { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { robotFor } from "../robots/robot-for.ts";
import { findCommand, type KeptCommand, pageOfCommands, toView } from "./commands.pg.ts";
import type { Issuer } from "./issue.pg.ts";
import { cancelCommand } from "./lives.pg.ts";
import { type Order, readArgs } from "./order.ts";
import type { CommandPublisher } from "./publisher.ts";
import type { CommandWaiters } from "./waiting.ts";

export interface CommandHandlerPorts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly issuer: Issuer;
  readonly publisher: CommandPublisher;
  readonly waiters: CommandWaiters;
  readonly onMoved: (moved: readonly KeptCommand[]) => void;
}

type CommandRoutes = Pick<typeof robotGatewayRoutes, "sendCommand" | "listCommands" | "getCommand" | "cancelCommand">;

export function commandHandlers(ports: CommandHandlerPorts): Handlers<CommandRoutes> {
  const { db, outbox, clock, issuer, publisher, waiters, onMoved } = ports;
  return {
    async sendCommand({ params, body, principal, operationId, requestId, signal }) {
      const robot = await robotFor(db, params.robot_id, principal);
      const order = toOrder(params.robot_id, body, senderOf(principal, body.kind), operationId);
      const issued = await issuer.issue(db, { ...order, causationId: requestId }, robot);
      if (!issued.ok) throw new Fault(issued.error, { robot_id: robot.robotId, command_id: order.commandId });
      const { command, isNew } = issued.value;
      const look = () => findCommand(db, command.commandId);
      const ended = waiters.wait(command, { waitMs: body.wait_ms, signal, look });
      if (isNew) void publisher.publish(command);
      return toView(await ended);
    },

    async listCommands({ params, query, principal }) {
      const { robotId } = await robotFor(db, params.robot_id, principal);
      const page = pageOf(query);
      const rows = await pageOfCommands(db, robotId, { after: page.after, max: page.limit });
      return answerPage(rows, page, {
        view: toView,
        end: ({ issuedAtMs, commandId }) => ({ createdAt: toInstant(issuedAtMs), id: commandId }),
      });
    },

    async getCommand({ params, principal }) {
      return toView(await commandFor(db, params, principal));
    },

    async cancelCommand({ params, principal, requestId }) {
      await commandFor(db, params, principal);
      const actor = actorOf(principal);
      const { robot_id, command_id } = params;
      const cancelled = await db.transaction(async (tx) => {
        const result = await cancelCommand(tx, { commandId: command_id, reason: "cancelled by ops", actor }, ports);
        if (!result.ok) throw new Fault(result.error, { command_id });
        const deed = {
          by: { ...actor, causationId: requestId },
          organizationId: result.value.organizationId,
          action: "commands/cancelled",
          subject: { kind: "robot", id: robot_id },
          details: { command_id, kind: result.value.kind },
        };
        await outbox.appendAll(tx, [audited(deed, toInstant(clock.now()))]);
        return result.value;
      });
      onMoved([cancelled]);
      return toView(cancelled);
    },
  };
}

function toOrder(
  robotId: string,
  body: Parameters<Handlers<CommandRoutes>["sendCommand"]>[0]["body"],
  actor: Actor,
  operationId: string,
): Order {
  const args = readArgs(body.kind, body.args);
  if (!args.ok) throw new Fault("invalid_request", {}, args.errors);
  return {
    commandId: body.request_id ?? operationId,
    robotId,
    kind: body.kind,
    args: args.args,
    precondition: body.precondition,
    lifeMs: body.life_ms,
    actor,
  };
}

function senderOf(principal: Principal | null, kind: CommandKind): Actor {
  if (principal?.kind !== "user" || !maySendCommand(principal.role, kind)) throw new Fault("forbidden", { kind });
  return actorOf(principal);
}

function actorOf(principal: Principal | null): Actor {
  if (principal?.kind !== "user") throw new Fault("forbidden");
  return { kind: "user", id: principal.id };
}

async function commandFor(
  db: Database,
  { robot_id, command_id }: { readonly robot_id: string; readonly command_id: string },
  principal: Principal | null,
): Promise<KeptCommand> {
  const command = await findCommand(db, command_id);
  if (command?.robotId === robot_id && command.organizationId === principal?.organizationId) return command;
  throw new Fault("command_not_found", { command_id });
}
