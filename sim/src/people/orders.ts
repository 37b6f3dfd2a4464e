import type { Place } from "@kerbside/proto/base/place";

/** An open delivery, as far as the people at both ends know it from their own screens. */
export interface OpenOrder {
  readonly deliveryId: string;
  readonly robotId: string | null;
  /** Null once the link was revoked: then the customer has only the digits. */
  readonly trackingUrl: string | null;
  readonly pickup: Place;
  readonly dropoff: Place;
}

/** What people do with their screens: the store's tablet and the customer's phone. Each call may fail, as a phone does. */
export interface Orders {
  open(): Promise<readonly OpenOrder[]>;
  /** The digits with which the store opens the robot. */
  loadCode(order: OpenOrder): Promise<string>;
  /** The digits on the customer's page; null while there are none. */
  pin(order: OpenOrder): Promise<string | null>;
  /** The customer presses open. */
  pressOpen(order: OpenOrder): Promise<void>;
}
