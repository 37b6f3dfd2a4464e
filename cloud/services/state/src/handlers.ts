import assert from "node:assert/strict";
import { audited } from "@kerbside/cloud-kit/audit";
import type { Appended, Handlers, RequestContext, ServiceContext, Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import { Fault } from "@kerbside/proto/base/fault";
import { answerPage, pageOf } from "@kerbside/proto/base/page";
import { asking, seen } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { type CloudDimension, cloudDimensions, type stateRoutes } from "@kerbside/proto/routes/state";
import { assetTable, serviceTable } from "@kerbside/proto/states/robot";
import { judgeChain } from "./custody.ts";
import { record } from "./record.pg.ts";
import { askerOf, type CloudStates, grantable, whyRejected } from "./request.ts";
import {
  type ChangeRow,
  type DimensionRow,
  type LidCycleRow,
  PgStateStore,
  type RequestRow,
  type RobotRow,
} from "./store.pg.ts";
import { changeView, custodyView, lidCycleView, requestView } from "./views.ts";

type Ports = Pick<ServiceContext, "db" | "outbox" | "clock" | "newId">;

export function stateHandlers(ports: Ports): Handlers<typeof stateRoutes> {
  const store = new PgStateStore(ports.db);
  const robotFor = async (principal: Principal | null, robotId: string): Promise<RobotRow> =>
    seen(asking(principal), await store.findRobot(robotId), "robot_not_found");
  return {
    async getRobotState({ params, principal }) {
      const robot = await robotFor(principal, params.robot_id);
      const rows = await store.dimensions(robot.robot_id);
      const dimensions = rows.map((row) => dimensionView(row, cloudStates(rows), asking(principal)));
      return { robot_id: robot.robot_id, dimensions };
    },

    async listStateChanges({ params, query, principal }) {
      const robot = await robotFor(principal, params.robot_id);
      const page = pageOf(query);
      const filter = { dimension: query.dimension, violationsOnly: query.violations ?? false };
      const rows = await store.listChanges(robot.robot_id, filter, page);
      const end = ({ event_time, change_id }: ChangeRow) => ({ createdAt: event_time, id: change_id });
      return answerPage(rows, page, { view: changeView, end });
    },

    async requestTransition({ params, body, principal, operationId }) {
      const robot = await robotFor(principal, params.robot_id);
      const request = await decide(ports, robot, { ...body, principal: asking(principal), operationId });
      if (request.state === "applied") return requestView(request);
      throw new Fault("transition_not_legal", { request_id: request.request_id, reason: request.rejection });
    },

    async listTransitionRequests({ params, query, principal }) {
      const robot = await robotFor(principal, params.robot_id);
      const page = pageOf(query);
      const end = ({ requested_at, request_id }: RequestRow) => ({ createdAt: requested_at, id: request_id });
      return answerPage(await store.listRequests(robot.robot_id, page), page, { view: requestView, end });
    },

    async listLidCycles({ params, query, principal }) {
      const robot = await robotFor(principal, params.robot_id);
      const page = pageOf(query);
      const rows = await store.listLidCycles(robot.robot_id, query.delivery_id, page);
      const end = ({ began_at, cycle_id }: LidCycleRow) => ({ createdAt: began_at, id: cycle_id });
      return answerPage(rows, page, { view: lidCycleView, end });
    },

    async getCustody({ params, principal }) {
      seen(asking(principal), await store.findDelivery(params.delivery_id), "delivery_not_found");
      const chain = await store.custodyOf(params.delivery_id);
      const violations = judgeChain(chain.map((link) => ({ ...link, fencingToken: link.fencing_token })));
      return {
        items: chain.map((link, index) => custodyView(link, violations[index] ?? null)),
        holder: chain.at(-1)?.to ?? null,
        is_whole: violations.every((violation) => violation === null),
      };
    },
  };
}

interface Wish extends Pick<RequestContext, "operationId"> {
  readonly dimension: CloudDimension;
  readonly to: string;
  readonly reason: string;
  readonly principal: Principal;
}

/** Grants or rejects at once: these dimensions are the cloud's, so nobody has to be waited for. Both are recorded. */
async function decide(ports: Ports, robot: RobotRow, wish: Wish): Promise<RequestRow> {
  const { robot_id } = robot;
  const { dimension, to, reason, principal, operationId } = wish;
  return ports.db.transaction(async (tx) => {
    const store = new PgStateStore(tx);
    await store.lockRobot(robot);
    const before = await store.findRequest(operationId);
    if (before) return before;
    const nowMs = ports.clock.now();
    const states = cloudStates(await store.dimensions(robot_id));
    const rejection = whyRejected(states, { dimension, to, by: askerOf(principal) });
    const request: RequestRow = {
      request_id: operationId,
      robot_id,
      dimension,
      from: states[dimension],
      to,
      reason,
      requested_by: actorOf(principal),
      requested_at: toInstant(nowMs),
      state: rejection === null ? "applied" : "rejected",
      rejection,
    };
    await store.addRequest(request);
    await ports.outbox.appendAll(tx, [entryOf(request, robot.organization_id)]);
    if (rejection === null) await apply(tx, ports, robot, request);
    return request;
  });
}

/** Whoever asks a robot's state to change is in the audit log, also where nothing came of it. */
function entryOf(request: RequestRow, organizationId: string): Appended {
  const { request_id, robot_id, dimension, from, to, reason, state, rejection } = request;
  const deed = {
    by: { ...request.requested_by, causationId: request_id },
    organizationId,
    action: "robots/transition_requested",
    subject: { kind: "robot", id: robot_id },
    details: { request_id, dimension, from, to, reason, state, rejection },
  };
  return audited(deed, request.requested_at);
}

async function apply(tx: Transaction, ports: Ports, robot: RobotRow, request: RequestRow): Promise<void> {
  const { robot_id, dimension, from, to, reason, requested_by, requested_at, request_id } = request;
  const at = await new PgStateStore(tx).nextPosition(robot_id, dimension, fromInstant(requested_at));
  await record(
    { tx, outbox: ports.outbox, newId: ports.newId, recordedTime: requested_at },
    {
      robotId: robot_id,
      organizationId: robot.organization_id,
      dimension,
      from,
      to,
      reason,
      at,
      eventTime: requested_at,
      actor: requested_by,
      causationId: request_id,
    },
  );
}

function cloudStates(rows: readonly DimensionRow[]): CloudStates {
  const value = (name: CloudDimension) => rows.find(({ dimension }) => dimension === name)?.value;
  return { service: value("service") ?? serviceTable.initial, asset: value("asset") ?? assetTable.initial };
}

function dimensionView({ dimension, value, since }: DimensionRow, states: CloudStates, principal: Principal) {
  const decided = cloudDimensions.find((name) => name === dimension);
  return { dimension, value, since, legal_next: decided ? [...grantable(states, decided, askerOf(principal))] : [] };
}

function actorOf(principal: Principal): Actor {
  assert(principal.kind === "user" || principal.kind === "service", "only people and services ask for transitions");
  return { kind: principal.kind, id: principal.id };
}
