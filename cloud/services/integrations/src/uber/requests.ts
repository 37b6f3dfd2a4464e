import { fromInstant } from "@kerbside/proto/base/time";
import * as z from "zod";
import { UberAddress } from "./address.ts";
import { type Metadata, UberError } from "./errors.ts";
import { fromUberId } from "./ids.ts";
import type { DeliveryWindow } from "./window.ts";

const Name = z.string().trim().min(1).max(100);
const Notes = z.string().max(280);
const Latitude = z.number().min(-90).max(90);
const Longitude = z.number().min(-180).max(180);
const Time = z.iso.datetime({ offset: true });
const Amount = z.int().min(0).max(1_000_000_000);
/** E.164, as Uber asks for; the marks that people put between digits are taken out. */
const Phone = z
  .string()
  .transform((text) => text.replace(/[\s().-]/g, ""))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, "a phone number in E.164, such as +77172123456"));
const QuoteId = z.string().transform((text, context) => {
  const id = fromUberId("quote", text);
  if (id !== null) return id;
  context.addIssue({ code: "custom", message: "no quote of ours has this id" });
  return z.NEVER;
});

const Item = z.object({
  name: z.string().trim().min(1).max(200),
  quantity: z.int().min(1).max(1_000),
  size: z.enum(["small", "medium", "large", "xlarge"]).optional(),
  price: Amount.optional(),
  weight: z.number().min(0).optional(),
  dimensions: z.object({ length: z.number(), height: z.number(), depth: z.number() }).optional(),
  must_be_upright: z.boolean().optional(),
});

const Times = {
  pickup_ready_dt: Time.optional(),
  pickup_deadline_dt: Time.optional(),
  dropoff_ready_dt: Time.optional(),
  dropoff_deadline_dt: Time.optional(),
};

const Where = {
  pickup_address: UberAddress,
  pickup_latitude: Latitude.optional(),
  pickup_longitude: Longitude.optional(),
  dropoff_address: UberAddress,
  dropoff_latitude: Latitude.optional(),
  dropoff_longitude: Longitude.optional(),
  external_store_id: z.string().min(1).max(100).optional(),
  ...Times,
};

/** What we make use of. Everything else that Uber documents is accepted and means nothing to a robot. */
export const QuoteRequest = z.object({ ...Where, manifest_total_value: Amount.optional() });
export type QuoteRequest = z.infer<typeof QuoteRequest>;

export const DeliveryRequest = z.object({
  ...Where,
  pickup_name: Name,
  pickup_phone_number: Phone,
  pickup_notes: Notes.optional(),
  dropoff_name: Name,
  dropoff_phone_number: Phone,
  dropoff_notes: Notes.optional(),
  manifest_items: z.array(Item).min(1).max(200),
  manifest_reference: z.string().max(100).optional(),
  manifest_total_value: Amount.optional(),
  quote_id: QuoteId.optional(),
  external_id: z.string().trim().min(1).max(100).optional(),
  idempotency_key: z.string().min(1).max(200).optional(),
  /** `leave_at_door` becomes a return: a robot puts nothing on the ground. */
  undeliverable_action: z.enum(["leave_at_door", "return", "discard"]).optional(),
  deliverable_action: z.enum(["deliverable_action_meet_at_door", "deliverable_action_leave_at_door"]).optional(),
  tip: Amount.optional(),
  test_specifications: z
    .object({ robo_courier_specification: z.looseObject({ mode: z.enum(["auto", "custom"]) }).optional() })
    .optional(),
});
export type DeliveryRequest = z.infer<typeof DeliveryRequest>;

export const UpdateRequest = z.object({
  pickup_notes: Notes.optional(),
  dropoff_notes: Notes.optional(),
  manifest_reference: z.string().max(100).optional(),
  tip_by_customer: Amount.optional(),
  dropoff_latitude: Latitude.optional(),
  dropoff_longitude: Longitude.optional(),
});

export const ListQuery = z.object({
  filter: z
    .enum(["ongoing", "pending", "pickup", "pickup_complete", "dropoff", "delivered", "canceled", "returned"])
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(100_000).default(0),
});
export type ListQuery = z.infer<typeof ListQuery>;

export const ProofRequest = z.object({
  waypoint: z.enum(["pickup", "dropoff", "return"]),
  type: z.enum(["picture", "signature", "pincode"]),
});

const required = "This field is required.";

/** Reads a request; what is wrong with it is told by parameter. */
export function parse<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given ?? {}, { error: ({ input }) => (input === undefined ? required : undefined) });
  if (parsed.success) return parsed.data;
  throw new UberError("invalid_params", metadataOf(parsed.error));
}

export function windowOf(request: Pick<QuoteRequest, keyof typeof Times>): DeliveryWindow {
  const ms = (time: string | undefined): number | null => (time === undefined ? null : fromInstant(time));
  return {
    pickupReadyMs: ms(request.pickup_ready_dt),
    pickupDeadlineMs: ms(request.pickup_deadline_dt),
    dropoffReadyMs: ms(request.dropoff_ready_dt),
    dropoffDeadlineMs: ms(request.dropoff_deadline_dt),
  };
}

function metadataOf({ issues }: z.core.$ZodError): Metadata {
  return Object.fromEntries(issues.slice(0, 50).map(({ path, message }) => [path.join(".") || "body", message]));
}
