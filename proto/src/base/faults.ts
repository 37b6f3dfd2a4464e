/** What a fault means to a caller: its HTTP status, whether the same request may work later, and why. */
export interface FaultMeaning {
  readonly status: 400 | 401 | 402 | 403 | 404 | 405 | 408 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 502 | 503 | 504;
  readonly retry: boolean;
  readonly title: string;
}

/** Every refusal this product can answer with. Documented, stable, never renamed. Sorted by code within a part. */
export const faults = {
  // any endpoint
  forbidden: { status: 403, retry: false, title: "You are known, but not allowed to do this." },
  idempotency_conflict: {
    status: 409,
    retry: false,
    title: "This idempotency key was used for a request with another body.",
  },
  idempotency_in_progress: {
    status: 409,
    retry: true,
    title: "The first request with this idempotency key still runs; wait for `Retry-After` seconds.",
  },
  internal: { status: 500, retry: true, title: "Something failed on our side; the request id names it in our logs." },
  invalid_request: {
    status: 400,
    retry: false,
    title: "The request does not match the contract; `errors` point at each field.",
  },
  method_not_allowed: { status: 405, retry: false, title: "This path exists, but not with this method." },
  not_found: { status: 404, retry: false, title: "There is nothing here." },
  payload_too_large: { status: 413, retry: false, title: "The body is larger than this endpoint accepts." },
  rate_limited: { status: 429, retry: true, title: "Too many requests; wait for `Retry-After` seconds." },
  unauthenticated: { status: 401, retry: false, title: "No valid credential came with the request." },
  unavailable: { status: 503, retry: true, title: "A part we need is not reachable; try again shortly." },
  unsupported_media_type: { status: 415, retry: false, title: "Send JSON with `content-type: application/json`." },
  // accounts
  email_taken: { status: 409, retry: false, title: "Somebody already signs in with this e-mail address." },
  key_not_found: { status: 404, retry: false, title: "No such API key." },
  key_refused: { status: 401, retry: false, title: "Client id and secret do not belong together, or were revoked." },
  key_revoked: { status: 409, retry: false, title: "The API key was revoked; make a new one." },
  last_admin: { status: 409, retry: false, title: "An organization keeps at least one admin who can sign in." },
  login_refused: { status: 401, retry: false, title: "E-mail and password do not belong together." },
  organization_exists: { status: 409, retry: false, title: "This installation has an organization already." },
  organization_not_found: { status: 404, retry: false, title: "No such organization." },
  partner_not_found: { status: 404, retry: false, title: "No such partner." },
  scope_refused: { status: 400, retry: false, title: "The API key does not have this scope." },
  user_not_found: { status: 404, retry: false, title: "No such user." },
  // device
  claim_refused: { status: 403, retry: false, title: "The claim code is unknown, used or expired." },
  credential_refused: { status: 401, retry: false, title: "The robot's assertion is not signed by its enrolled key." },
  // robots and commands
  command_expired: { status: 409, retry: false, title: "The command's life ended before the robot could take it." },
  command_not_found: { status: 404, retry: false, title: "No such command." },
  command_not_cancellable: { status: 409, retry: false, title: "The robot already began to carry this command out." },
  robot_not_found: { status: 404, retry: false, title: "No such robot." },
  robot_revoked: { status: 409, retry: false, title: "The robot's credential was revoked; it takes no more orders." },
  robot_suspected: {
    status: 409,
    retry: false,
    title: "The robot's journal shows signs of a copied disk; it opens for nobody until it is enrolled anew.",
  },
  transition_not_legal: { status: 409, retry: false, title: "This step is not legal from the present state." },
  // deliveries and quotes
  address_undeliverable: { status: 400, retry: false, title: "Robots do not serve this address." },
  code_not_available: { status: 409, retry: true, title: "No robot waits for a code of this delivery now." },
  customer_link_refused: { status: 404, retry: false, title: "This link is unknown, expired or revoked." },
  delivery_ended: { status: 409, retry: false, title: "The delivery has ended; nothing about it can change." },
  delivery_not_cancellable: { status: 409, retry: false, title: "The delivery has gone too far to be cancelled." },
  delivery_not_found: { status: 404, retry: false, title: "No such delivery." },
  duplicate_delivery: { status: 409, retry: false, title: "A delivery with this external id already exists." },
  mismatched_price_quote: { status: 400, retry: false, title: "The quote was given for other addresses." },
  quote_expired: { status: 400, retry: false, title: "The quote's time is over; ask for a new one." },
  quote_not_found: { status: 404, retry: false, title: "No such quote." },
  quote_used: { status: 400, retry: false, title: "The quote already became a delivery." },
  robot_not_at_stop: { status: 409, retry: true, title: "The robot is not standing at the stop yet." },
  too_many_links: {
    status: 409,
    retry: false,
    title: "This delivery has as many links of this kind as it may have; whoever ordered can revoke them.",
  },
  unlock_not_permitted: { status: 403, retry: false, title: "This link shows the delivery, it cannot open the lid." },
  // maps
  no_route: { status: 422, retry: false, title: "No walkable way joins these two places." },
  outside_coverage: { status: 422, retry: false, title: "No mapped walkway is near enough to this place." },
  // config
  external_id_taken: { status: 409, retry: false, title: "Another store already has this external id." },
  hub_not_found: { status: 404, retry: false, title: "No such hub." },
  market_not_found: { status: 404, retry: false, title: "No such market." },
  merchant_not_found: { status: 404, retry: false, title: "No such merchant." },
  store_not_found: { status: 404, retry: false, title: "No such store." },
  // operations
  trip_not_found: { status: 404, retry: false, title: "No such trip." },
  // integrations
  webhook_limit_reached: { status: 409, retry: false, title: "There are 20 webhook endpoints already; delete one." },
  webhook_message_not_found: { status: 404, retry: false, title: "No such webhook message." },
  webhook_not_found: { status: 404, retry: false, title: "No such webhook endpoint." },
  webhook_target_refused: { status: 400, retry: false, title: "Webhooks go to public https addresses only." },
} as const satisfies Record<string, FaultMeaning>;

export type FaultCode = keyof typeof faults;

export const faultCodes: readonly FaultCode[] = keysOf(faults);

export function isFaultCode(candidate: string): candidate is FaultCode {
  return Object.hasOwn(faults, candidate);
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  const keys: Key[] = [];
  for (const key in record) keys.push(key);
  return keys;
}
