import * as z from "zod";

/** An instant on HTTP: RFC 3339 in UTC with milliseconds. Robots and cores use integer milliseconds instead. */
export const Instant = z.iso.datetime({ offset: true }).meta({ id: "Instant" });

export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function fromInstant(instant: string): number {
  return Date.parse(instant);
}
