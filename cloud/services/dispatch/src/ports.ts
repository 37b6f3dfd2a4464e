import type { Place } from "@kerbside/proto/base/place";
import type { Hub, Market } from "@kerbside/proto/routes/config";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";
import type { MapLeg, MappedAddress } from "@kerbside/proto/routes/maps";
import type { Walks } from "./walks.ts";

/** Where things are and how far apart, by walkways. Answers with maps' faults. */
export interface Ways {
  address(asked: AddressInput): Promise<MappedAddress>;
  /** One leg between each two places. */
  legs(places: readonly Place[]): Promise<{ readonly mapVersion: string; readonly legs: readonly MapLeg[] }>;
  walks(from: readonly Place[], to: readonly Place[]): Promise<Walks>;
}

/** What an organization has set up. */
export interface Town {
  readonly markets: readonly Market[];
  readonly hubs: readonly Hub[];
}

export interface Towns {
  of(organizationId: string): Promise<Town>;
}
