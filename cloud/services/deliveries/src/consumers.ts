import type { Consumer } from "@kerbside/cloud-kit/service";
import { conditionConsumers } from "./consumers/conditions.ts";
import { sightingConsumer } from "./consumers/sightings.ts";
import { type OpeningParts, openingConsumers } from "./consumers/openings.ts";
import { type PlanParts, planConsumer } from "./consumers/plans.ts";
import { type ReportParts, reportConsumers } from "./consumers/reports.ts";
import type { Following } from "./following.pg.ts";

export type ConsumerParts = OpeningParts & PlanParts & ReportParts & { readonly following: Following };

export function deliveryConsumers(parts: ConsumerParts): readonly Consumer[] {
  return [
    planConsumer(parts),
    ...reportConsumers(parts),
    ...openingConsumers(parts),
    ...conditionConsumers(parts.conditions),
    sightingConsumer(parts.following),
  ];
}
