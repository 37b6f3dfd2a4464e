import { isStorable } from "@kerbside/cloud-kit/http/fitness";
import { Fault } from "@kerbside/proto/base/fault";
import type { Place } from "@kerbside/proto/base/place";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";
import * as z from "zod";
import { UberError } from "./errors.ts";

const Part = z.string().trim().max(200).optional();
/** Uber's structured address; clients send it as an object or as the JSON text of one. */
const Structured = z.object({
  street_address: z.union([z.string().trim().min(1).max(300), z.array(z.string().trim().max(200)).min(1).max(5)]),
  city: Part,
  state: Part,
  zip_code: Part,
  country: Part,
});
type Structured = z.infer<typeof Structured>;

/** The words of an address in any of the ways in which Uber's clients write one. */
export const UberAddress = z.union([Structured, z.string()]).transform((given, context): string => {
  if (typeof given !== "string") return wordsOf(given);
  const text = given.trim();
  if (!text.startsWith("{")) {
    if (text.length > 0 && text.length <= 300) return text;
    return refuse(context, "an address has 1 to 300 characters");
  }
  const structured = Structured.safeParse(parsedJson(text));
  // JSON within JSON: what the outer one was checked for may be escaped twice.
  const words = structured.success && wordsOf(structured.data);
  return words && isStorable(words) ? words : refuse(context, "this structured address was not understood");
});

/** Coordinates decide where both are there; one of the two alone means nothing. */
export function toAddressInput(text: string, lat: number | undefined, lng: number | undefined): AddressInput {
  const place: Place | null = lat === undefined || lng === undefined ? null : { lat, lng };
  return { text, ...(place ? { place } : {}) };
}

interface Ends {
  readonly pickup_latitude?: number | undefined;
  readonly dropoff_latitude?: number | undefined;
}

/** Uber tells an address that nobody understands from one where nobody goes; so do our maps. */
export function explainPlace(cause: unknown, asked: Ends): unknown {
  if (!(cause instanceof Fault) || cause.code !== "address_undeliverable") return cause;
  const { which, detail, why: reason } = cause.details;
  if (which !== "pickup" && which !== "dropoff") return cause;
  const isUnknown = reason === "not_understood" || (detail === undefined && reason === undefined);
  const isWords = asked[`${which}_latitude`] === undefined && isUnknown;
  const title = isWords ? "No address like this was found." : cause.meaning.title;
  const why = typeof detail === "string" ? detail : title;
  return new UberError(isWords ? "unknown_location" : "address_undeliverable", { [`${which}_address`]: why });
}

function wordsOf({ street_address, city, state, zip_code, country }: Structured): string {
  const street = typeof street_address === "string" ? [street_address] : street_address;
  const words = [...street, city, state, zip_code, country].filter((part) => part !== undefined && part !== "");
  return words.join(", ").slice(0, 300);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
