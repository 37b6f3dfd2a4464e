import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import { answerPage, type Page, pageOf } from "@kerbside/proto/base/page";
import { asking } from "@kerbside/proto/base/refuse";
import type { Input } from "@kerbside/proto/base/endpoint";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Links } from "../links.pg.ts";
import { attemptsOf } from "../rows.pg.ts";
import { type Attempt, amendment, type Delivery, delivery as deliveries, deliveryStep } from "../tables.ts";
import { type Scope, scopeOf } from "../tenancy.ts";
import { viewOf } from "../views.ts";
import { seen } from "./caller.ts";

export interface ReadingParts {
  readonly db: Database;
  readonly links: Links;
}

export function readingHandlers({
  db,
  links,
}: ReadingParts): Pick<Handlers<typeof deliveryRoutes>, "listDeliveries" | "getDelivery" | "getDeliveryHistory"> {
  return {
    async listDeliveries({ query, principal }) {
      const page = pageOf(query);
      const scope = scopeOf(asking(principal));
      const rows = await db
        .select()
        .from(deliveries)
        .where(
          and(...within(scope), eq(deliveries.live, scope.live ?? query.live), ...matching(query), ...beyond(page)),
        )
        .orderBy(desc(deliveries.created_at), desc(deliveries.delivery_id))
        .limit(page.limit);
      const view = (row: Delivery) => viewOf(row, links.urlOf(row));
      const end = ({ created_at, delivery_id }: Delivery) => ({ createdAt: created_at, id: delivery_id });
      return answerPage(rows, page, { view, end });
    },

    async getDelivery({ params, principal }) {
      const row = await seen(db, params.delivery_id, asking(principal));
      return viewOf(row, links.urlOf(row));
    },

    async getDeliveryHistory({ params, principal }) {
      const { delivery_id } = await seen(db, params.delivery_id, asking(principal));
      const [steps, attempts, amendments] = await Promise.all([
        db.select().from(deliveryStep).where(eq(deliveryStep.delivery_id, delivery_id)).orderBy(asc(deliveryStep.seq)),
        attemptsOf(db, delivery_id),
        db
          .select()
          .from(amendment)
          .where(eq(amendment.delivery_id, delivery_id))
          .orderBy(asc(amendment.event_time), asc(amendment.amendment_id)),
      ]);
      return {
        steps: steps.map(({ from_state, to_state, event_time, recorded_time, actor, reason, inferred }) => ({
          from: from_state,
          to: to_state,
          event_time,
          recorded_time,
          actor,
          reason,
          inferred,
        })),
        attempts: attempts.map(attemptView),
        amendments: amendments.map(({ event_time, recorded_time, actor, fact }) => ({
          event_time,
          recorded_time,
          actor,
          fact,
        })),
      };
    },
  };
}

function attemptView(row: Attempt) {
  const { attempt_id, state, robot_id, robot_name, fencing_token, created_at, ended_at, reason } = row;
  return { attempt_id, state, robot_id, robot_name, fencing_token, created_at, ended_at, reason };
}

function within({ organizationId, partnerId, storeIds }: Scope): readonly SQL[] {
  return [
    ...(organizationId === null ? [] : [eq(deliveries.organization_id, organizationId)]),
    ...(partnerId === null ? [] : [eq(deliveries.partner_id, partnerId)]),
    ...(storeIds === null ? [] : [inArray(deliveries.store_id, [...storeIds])]),
  ];
}

type Query = Input<typeof deliveryRoutes.listDeliveries>["query"];

function matching(query: Query): readonly SQL[] {
  const { status, state, external_id, store_id, robot_id, partner_id, created_after, created_before } = query;
  return [
    ...(status === "open" ? [isNull(deliveries.ended_at)] : []),
    ...(status === "ended" ? [isNotNull(deliveries.ended_at)] : []),
    ...(state === undefined ? [] : [eq(deliveries.state, state)]),
    ...(external_id === undefined ? [] : [eq(deliveries.external_id, external_id)]),
    ...(store_id === undefined ? [] : [eq(deliveries.store_id, store_id)]),
    ...(robot_id === undefined ? [] : [eq(deliveries.robot_id, robot_id)]),
    ...(partner_id === undefined ? [] : [eq(deliveries.partner_id, partner_id)]),
    ...(created_after === undefined ? [] : [gt(deliveries.created_at, created_after)]),
    ...(created_before === undefined ? [] : [lt(deliveries.created_at, created_before)]),
  ];
}

function beyond({ after }: Page): readonly SQL[] {
  if (!after) return [];
  return [
    sql`(${deliveries.created_at}, ${deliveries.delivery_id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`,
  ];
}
