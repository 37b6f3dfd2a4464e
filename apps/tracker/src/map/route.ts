import type { Place } from "@kerbside/proto/base/place";

/** The way as the row has it: JSON pairs of latitude and longitude. Empty where nothing was planned. */
export function routeOf(text: string | null): readonly Place[] {
  if (text === null) return [];
  const line: unknown = JSON.parse(text);
  if (!Array.isArray(line)) return [];
  return line.flatMap((pair: unknown) => {
    const [lat, lng]: unknown[] = Array.isArray(pair) ? pair : [];
    return typeof lat === "number" && typeof lng === "number" ? [{ lat, lng }] : [];
  });
}
