import * as z from "zod";

/** An instant on HTTP: RFC 3339 in UTC with milliseconds. Robots and cores use integer milliseconds instead. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine(isStorable, "an instant of the years 1 to 9999, at most 15 hours from UTC")
  .meta({ id: "Instant" });

/** Postgres refuses the year 0 and zones of 16 hours and more; our own form has four digits for the year. */
function isStorable(instant: string): boolean {
  const ms = Date.parse(instant);
  const zoneHours = Number(/[+-](\d\d):\d\d$/.exec(instant)?.[1] ?? 0);
  return ms >= firstMs && ms <= lastMs && zoneHours <= 15;
}

const firstMs = Date.parse("0001-01-01T00:00:00Z");
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function fromInstant(instant: string): number {
  return Date.parse(instant);
}
