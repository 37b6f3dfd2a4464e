import type { Actor } from "@kerbside/proto/base/actor";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { type Command, type CommandKind, commandArgs, commandLifeMs } from "@kerbside/proto/robot/command";
import type { LidPurpose } from "@kerbside/proto/robot/lid";
import type { StopKind } from "@kerbside/proto/robot/mission";
import type { FieldError } from "@kerbside/proto/base/fault";

/** What somebody wants a robot to do. */
export interface Order {
  readonly commandId: string;
  readonly robotId: string;
  readonly kind: CommandKind;
  readonly args: Readonly<Record<string, unknown>>;
  readonly precondition: Command["precondition"];
  readonly lifeMs: number;
  readonly actor: Actor;
  /** The request or event in which it was given. */
  readonly causationId?: string;
}

/** The arguments as their kind has them, or the fields that are wrong. */
export function readArgs(
  kind: CommandKind,
  args: unknown,
):
  | { readonly ok: true; readonly args: Record<string, unknown> }
  | { readonly ok: false; readonly errors: FieldError[] } {
  const parsed = commandArgs[kind].safeParse(args);
  if (parsed.success) return { ok: true, args: parsed.data };
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: ["", "args", ...path.map(String)].join("/"),
    message,
  }));
  return { ok: false, errors };
}

/**
 * The payload that is signed. Of two commands the later has the greater `issued_seq`; it comes from the clock, so that
 * no worker has to ask another for the next number.
 */
export function toCommand(
  order: Order,
  epoch: number | null,
  issued: { readonly nowMs: number; readonly seq: number },
): Command {
  return {
    v: 1,
    command_id: order.commandId,
    robot_id: order.robotId,
    epoch,
    kind: order.kind,
    args: { ...order.args },
    precondition: order.precondition,
    issued_seq: issued.seq,
    issued_at: issued.nowMs,
    expires_at: issued.nowMs + Math.min(order.lifeMs, commandLifeMs.max),
    actor: order.actor,
  };
}

/** Microseconds that never repeat: one more than the last where the clock stands still or went back. */
export function nextIssuedSeq(lastSeq: number, nowMs: number): number {
  return Math.max(lastSeq + 1, nowMs * 1_000);
}

export type OrderRefusal = "robot_revoked" | "robot_suspected";

/** Why a robot may not be given an order; null when it may. */
export function whyNoOrder(
  kind: CommandKind,
  robot: { readonly isRevoked: boolean; readonly isSuspected: boolean },
): OrderRefusal | null {
  if (robot.isRevoked) return "robot_revoked";
  return robot.isSuspected && kind === "open_lid" ? "robot_suspected" : null;
}

/** Opening for somebody at a stop: it holds only while the robot stands there for that delivery. */
export function toOpening(request: {
  readonly request_id: string;
  readonly delivery_id: string;
  readonly robot_id: string;
  readonly compartment: number;
  readonly purpose: LidPurpose;
  readonly requested_by: Actor;
}): Order {
  const { compartment, purpose, delivery_id } = request;
  const atStop = stopOf[purpose];
  return {
    commandId: request.request_id,
    robotId: request.robot_id,
    kind: "open_lid",
    args: { compartment, purpose, delivery_id },
    precondition: { delivery_id, ...(atStop && { at_stop: atStop }) },
    lifeMs: commandLifeMs.default,
    actor: request.requested_by,
  };
}

const stopOf: Readonly<Record<LidPurpose, StopKind | null>> = {
  load: "pickup",
  unload: "dropoff",
  return_unload: "return",
  transfer: null,
  inspect: null,
  service: null,
};

/** Which delivery a command is about, if it says so. */
export function deliveryOf({ args, precondition }: Pick<Order, "args" | "precondition">): string | null {
  const { delivery_id } = args;
  return typeof delivery_id === "string" ? delivery_id : (precondition?.delivery_id ?? null);
}

/** A repeated request is answered with the command it made; the same id for something else is a mistake. */
export function isRepeated(
  order: Order,
  made: { readonly robotId: string; readonly kind: CommandKind; readonly args: unknown },
): Result<true, "idempotency_conflict"> {
  const isSame = made.robotId === order.robotId && made.kind === order.kind && isEqual(made.args, order.args);
  return isSame ? ok(true) : err("idempotency_conflict");
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** jsonb gives keys back in an order of its own. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
