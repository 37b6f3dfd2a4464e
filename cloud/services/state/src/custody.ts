import type { Holder } from "@kerbside/proto/robot/journal";

/** One passing of the goods from hand to hand. */
export interface Passing {
  readonly from: Holder;
  readonly to: Holder;
  readonly fencingToken: number;
}

/** Null when this continues the chain; else what does not fit. The chain begins with the merchant. */
export function custodyViolation(last: Passing | null, next: Passing): string | null {
  if (next.from === next.to) return `${next.from} cannot hand over to itself`;
  const holder = last?.to ?? "merchant";
  if (next.from !== holder) return `${next.from} hands over what ${holder} holds`;
  if (last && next.fencingToken < last.fencingToken) {
    return `attempt ${next.fencingToken} acts after attempt ${last.fencingToken} took over`;
  }
  return null;
}
