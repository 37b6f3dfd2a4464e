import type { Consumer } from "@kerbside/cloud-kit/service";
import { conditionConsumers } from "./consumers/conditions.ts";
import { type OpeningParts, openingConsumers } from "./consumers/openings.ts";
import { type PlanParts, planConsumer } from "./consumers/plans.ts";
import { type ReportParts, reportConsumers } from "./consumers/reports.ts";

export type ConsumerParts = OpeningParts & PlanParts & ReportParts;

export function deliveryConsumers(parts: ConsumerParts): readonly Consumer[] {
  return [
    planConsumer(parts),
    ...reportConsumers(parts),
    ...openingConsumers(parts),
    ...conditionConsumers(parts.conditions),
  ];
}
