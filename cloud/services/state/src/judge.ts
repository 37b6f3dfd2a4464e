import { lidTable } from "@kerbside/proto/states/lid";
import { isState, isStep, legalEvents, type Table } from "@kerbside/proto/states/table";
import { robotDimensions } from "@kerbside/proto/states/tables";

/** A step of one dimension, as somebody reports it. */
export interface ReportedStep {
  readonly dimension: string;
  readonly from: string;
  readonly to: string;
}

/** Null when the step is legal and continues what was known; else what is wrong with it, in words. */
export function violationOf(step: ReportedStep, known: string | null): string | null {
  const { from, to } = step;
  if (known !== null && known !== from) return `begins at ${from}, but ${known} was known`;
  const table = tableOf(step.dimension);
  if (!table) return null;
  if (!isState(table, from) || !isState(table, to)) return `no such state: ${isState(table, from) ? to : from}`;
  return from === to || isStep(table, from, to) ? null : `no step leads from ${from} to ${to}`;
}

/** The states that one step leads to. */
export function reachableFrom(dimension: string, state: string): readonly string[] {
  const table = tableOf(dimension);
  if (!table || !isState(table, state)) return [];
  const reached = legalEvents(table, state).map((event) => table.steps[state]?.[event] ?? state);
  return [...new Set(reached)].filter((to) => to !== state);
}

/** Lids are dimensions too, one a compartment. */
export function lidDimension(compartment: number): string {
  return compartment === 0 ? "lid" : `lid/${compartment}`;
}

function tableOf(dimension: string): Table<string, string> | null {
  if (dimension === "lid" || dimension.startsWith("lid/")) return lidTable;
  const known: Readonly<Record<string, Table<string, string>>> = robotDimensions;
  return Object.hasOwn(known, dimension) ? (known[dimension] ?? null) : null;
}
