import { err, ok, type Result } from "@kerbside/proto/base/result";
import { fromInstant } from "@kerbside/proto/base/time";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";
import { type QuoteState, quoteTable } from "@kerbside/proto/states/quote";
import { isLegal } from "@kerbside/proto/states/table";
import { dropoffOf, isSameAddress, pickupOf } from "./address.ts";
import type { Quote } from "./tables.ts";

/** An offer's state as of now: its time may be over before anybody wrote that down. */
export function stateAt({ state, expires_at }: Pick<Quote, "state" | "expires_at">, nowMs: number): QuoteState {
  const isOver = nowMs >= fromInstant(expires_at);
  return isOver && isLegal(quoteTable, state, "expired") ? "expired" : state;
}

/** What somebody orders who names a quote. Where the pickup is silent, the quote's holds. */
export interface QuotedOrder {
  readonly pickup: AddressInput | undefined;
  readonly dropoff: AddressInput;
  readonly storeId: string | undefined;
}

/** A quote is used once, in its time, for what it was given for. */
export function refuseQuote(
  quote: Quote,
  order: QuotedOrder,
  nowMs: number,
): Result<null, "quote_expired" | "quote_used" | "quote_not_found" | "mismatched_price_quote"> {
  switch (stateAt(quote, nowMs)) {
    case "accepted":
      return err("quote_used");
    case "requested":
    case "declined":
      return err("quote_not_found");
    case "expired":
    case "withdrawn":
    case "superseded":
      return err("quote_expired");
    case "offered":
      return isFor(quote, order) ? ok(null) : err("mismatched_price_quote");
  }
}

function isFor(quote: Quote, { pickup, dropoff, storeId }: QuotedOrder): boolean {
  // A quote that named no store is bound by its pickup alone.
  if (storeId !== undefined && quote.store_id !== null && storeId !== quote.store_id) return false;
  if (pickup && !isSameAddress(pickup, quote.asked_pickup, pickupOf(quote))) return false;
  return isSameAddress(dropoff, quote.asked_dropoff, dropoffOf(quote));
}
