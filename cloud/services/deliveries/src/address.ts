import type { Address, Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";

/** What somebody said an address is, and no more of it than decides where it lies. */
export interface AddressWords {
  readonly text?: string;
  readonly place?: Place;
}

/** Two points closer than this are one address, metres: partners round coordinates differently from call to call. */
const sameM = 30;

export function wordsOf({ text, place }: AddressInput): AddressWords {
  return { ...(text === undefined ? {} : { text: folded(text) }), ...(place ? { place } : {}) };
}

/** Whether the caller means the address that the quote was given for, by the words asked with or those answered. */
export function isSameAddress(given: AddressInput, asked: AddressWords | null, answered: Address): boolean {
  if (given.place) {
    const places = [answered.place, ...(asked?.place ? [asked.place] : [])];
    return places.some((place) => distanceM(place, given.place ?? place) <= sameM);
  }
  const words = folded(given.text ?? "");
  return words === asked?.text || words === folded(answered.text);
}

/** Case, punctuation and spacing say nothing about where an address is. */
function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s,.;]+/gu, " ")
    .trim();
}

/** What was found, with the door that only the caller knows of. */
export function withUnit(found: Address, unit: string | undefined): Address {
  return unit === undefined ? found : { ...found, unit };
}

/** The two ends of a row. */
interface Ends {
  readonly pickup_text: string;
  readonly pickup_unit: string | null;
  readonly pickup_lat: number;
  readonly pickup_lng: number;
  readonly dropoff_text: string;
  readonly dropoff_unit: string | null;
  readonly dropoff_lat: number;
  readonly dropoff_lng: number;
}

export function pickupOf(row: Ends): Address {
  const place = { lat: row.pickup_lat, lng: row.pickup_lng };
  return { text: row.pickup_text, ...(row.pickup_unit === null ? {} : { unit: row.pickup_unit }), place };
}

export function dropoffOf(row: Ends): Address {
  const place = { lat: row.dropoff_lat, lng: row.dropoff_lng };
  return { text: row.dropoff_text, ...(row.dropoff_unit === null ? {} : { unit: row.dropoff_unit }), place };
}
