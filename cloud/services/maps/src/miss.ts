import type { Place } from "@kerbside/proto/base/place";

/** Why an address is not on the map, with what was understood of it and what lies nearest. */
export interface Miss {
  readonly why: "not_understood" | "too_far";
  /** What was asked for, as people read it. */
  readonly asked: string;
  /** The address of the book that the words name or come closest to; null where none is like it, or coordinates were asked for. */
  readonly closest: string | null;
  /** From the place asked for to the nearest street, straight metres; null where no place was understood. */
  readonly nearest: { readonly street: Place; readonly distanceM: number; readonly address: string | null } | null;
}

/** One sentence for whoever gave the address. */
export function missText({ why, asked, closest, nearest }: Miss, { cityName, limitM }: Coverage): string {
  if (why === "not_understood" || nearest === null) {
    const offer = closest === null ? "give its coordinates" : `the closest that is known is “${closest}”`;
    return `“${asked}” was not understood as an address of ${cityName}: ${offer}`;
  }
  const understood = closest === null || closest === asked ? "" : `, understood as “${closest}”,`;
  const by = nearest.address === null ? "" : ` by “${nearest.address}”`;
  return `“${asked}”${understood} is ${lengthText(nearest.distanceM)} from the nearest street that robots serve${by}, and ${limitM} m is the most`;
}

interface Coverage {
  readonly cityName: string;
  readonly limitM: number;
}

function lengthText(metres: number): string {
  if (metres < 1_000) return `${Math.ceil(metres)} m`;
  return `${(metres / 1_000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}
