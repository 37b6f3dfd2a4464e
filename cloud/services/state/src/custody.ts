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

/** A passing as it was recorded, and whether the lid is known to have been open in its cycle. */
export interface RecordedPassing extends Passing {
  readonly hasOpening: boolean;
}

/** What does not fit in a chain, link by link, oldest first. Goods do not pass through a closed lid. */
export function judgeChain(chain: readonly RecordedPassing[]): readonly (string | null)[] {
  return chain.map((passing, index) => {
    const violation = custodyViolation(chain[index - 1] ?? null, passing);
    return violation ?? (passing.hasOpening ? null : "no opening of the lid is known for it");
  });
}
