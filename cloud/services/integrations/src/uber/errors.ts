import { retryAfterS } from "@kerbside/cloud-kit/http/problem";
import type { Fault } from "@kerbside/proto/base/fault";
import type { FaultCode } from "@kerbside/proto/base/faults";

/** Every refusal of the façade, under Uber's names and in Uber's sense. */
const uberErrors = {
  address_undeliverable: { status: 400, message: "The specified location is not in a deliverable area." },
  customer_blocked: { status: 403, message: "Your key is not allowed to order deliveries." },
  customer_limited: { status: 429, message: "Too many requests; wait for `Retry-After` seconds." },
  customer_not_found: { status: 404, message: "This key speaks for no such customer." },
  delivery_not_found: { status: 404, message: "The requested delivery does not exist." },
  dropoff_deadline_before_pickup_deadline: {
    status: 400,
    message: "The dropoff deadline needs to be after the pickup deadline.",
  },
  dropoff_deadline_too_early: {
    status: 400,
    message: "The dropoff deadline needs to be at least 20 minutes after the dropoff ready time.",
  },
  dropoff_ready_after_pickup_deadline: {
    status: 400,
    message: "The dropoff ready time needs to be at or before the pickup deadline.",
  },
  duplicate_delivery: {
    status: 409,
    message: "An active delivery like this already exists; `metadata.delivery_id` names it.",
  },
  expired_quote: { status: 400, message: "The price quote specified has expired." },
  internal_server_error: { status: 500, message: "Something failed on our side." },
  invalid_params: { status: 400, message: "The parameters of your request were invalid." },
  invalid_tipping_state: { status: 400, message: "A robot carries this delivery; it takes no tips." },
  mismatched_price_quote: { status: 400, message: "The price quote specified doesn't match the delivery." },
  noncancelable_delivery: { status: 400, message: "This delivery has gone too far to be cancelled." },
  not_found: { status: 404, message: "There is nothing here." },
  pickup_deadline_too_early: {
    status: 400,
    message: "The pickup deadline needs to be at least 20 minutes from now.",
  },
  pickup_ready_too_early: { status: 400, message: "The pickup ready time cannot be in the past." },
  pickup_ready_too_late: { status: 400, message: "The pickup ready time needs to be within the next 30 days." },
  pickup_window_too_small: { status: 400, message: "The pickup window needs to be at least 10 minutes long." },
  service_unavailable: { status: 503, message: "A part we need is not reachable; try again shortly." },
  unauthorized: { status: 401, message: "No valid access token came with the request." },
  unknown_location: { status: 400, message: "The specified location was not understood." },
  used_quote: { status: 400, message: "The price quote specified has already been used." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly message: string }>>;

export type UberCode = keyof typeof uberErrors;

/** Details by parameter, as Uber's clients read them. */
export type Metadata = Readonly<Record<string, string>>;

/** A refusal on its way to one of Uber's clients. */
export class UberError extends Error {
  readonly code: UberCode;
  readonly metadata: Metadata;
  /** When trying again makes sense, where that is known. */
  readonly retryAfterS: number | undefined;

  constructor(code: UberCode, metadata: Metadata = {}, retryAfterS?: number) {
    super(uberErrors[code].message);
    this.name = "UberError";
    this.code = code;
    this.metadata = metadata;
    this.retryAfterS = retryAfterS;
  }

  get status(): number {
    return uberErrors[this.code].status;
  }

  toJSON() {
    return { code: this.code, message: this.message, kind: "error", metadata: this.metadata };
  }
}

/** What one of our own refusals means to Uber's clients. */
export function fromFault(fault: Fault): UberError {
  const code = codes[fault.code] ?? byStatus(fault.meaning.status);
  const { detail } = fault.details;
  const named = fault.errors.map(({ pointer, message }) => [paramOf(pointer), message] as const);
  const about = metadataOf[fault.code];
  const metadata = {
    ...(typeof detail === "string" ? { detail } : {}),
    ...(about ? { [about]: fault.meaning.title } : {}),
    ...Object.fromEntries(named),
  };
  return new UberError(code, metadata, retryAfterS({ status: fault.meaning.status, details: fault.details }));
}

const codes: Readonly<Partial<Record<FaultCode, UberCode>>> = {
  address_undeliverable: "address_undeliverable",
  delivery_ended: "invalid_params",
  delivery_not_cancellable: "noncancelable_delivery",
  delivery_not_found: "delivery_not_found",
  duplicate_delivery: "duplicate_delivery",
  forbidden: "customer_blocked",
  idempotency_conflict: "duplicate_delivery",
  idempotency_in_progress: "service_unavailable",
  invalid_request: "invalid_params",
  mismatched_price_quote: "mismatched_price_quote",
  no_route: "address_undeliverable",
  outside_coverage: "address_undeliverable",
  payload_too_large: "invalid_params",
  quote_expired: "expired_quote",
  quote_not_found: "invalid_params",
  quote_used: "used_quote",
  rate_limited: "customer_limited",
  store_not_found: "invalid_params",
  unauthenticated: "unauthorized",
  unavailable: "service_unavailable",
  unsupported_media_type: "invalid_params",
};

/** The parameter that a refusal without field errors is about. */
const metadataOf: Readonly<Partial<Record<FaultCode, string>>> = {
  delivery_ended: "delivery_id",
  payload_too_large: "body",
  quote_not_found: "quote_id",
  store_not_found: "external_store_id",
  unsupported_media_type: "body",
};

function byStatus(status: number): UberCode {
  if (status === 503 || status === 504) return "service_unavailable";
  return status < 500 ? "invalid_params" : "internal_server_error";
}

/** Our fields under Uber's names, the longest beginning that is known first. */
const params: readonly (readonly [string, string])[] = [
  ["/pickup/phone", "pickup_phone_number"],
  ["/pickup/name", "pickup_name"],
  ["/pickup/notes", "pickup_notes"],
  ["/pickup", "pickup_address"],
  ["/dropoff/phone", "dropoff_phone_number"],
  ["/dropoff/name", "dropoff_name"],
  ["/dropoff/notes", "dropoff_notes"],
  ["/dropoff", "dropoff_address"],
  ["/items", "manifest_items"],
];

function paramOf(pointer: string): string {
  const known = params.find(([beginning]) => pointer === beginning || pointer.startsWith(`${beginning}/`));
  return known?.[1] ?? (pointer.replace(/^\//, "").replaceAll("/", ".") || "body");
}
