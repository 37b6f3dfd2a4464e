import * as z from "zod";
import { Place } from "../base/place.ts";
import { lidPurposes } from "./lid.ts";

/**
 * How a PIN is kept: scrypt (RFC 7914) over the PIN's digits with this salt and cost.
 * The robot repeats it offline; the PIN itself is never on the robot.
 */
export const PinVerifier = z.object({
  kind: z.literal("scrypt"),
  salt: z.string(),
  hash: z.string(),
  n: z.int(),
  r: z.int(),
  p: z.int(),
});
export type PinVerifier = z.infer<typeof PinVerifier>;

/** The payload inside `Signed` with context `grant`: the right to cause one opening without a network. */
export const Grant = z.object({
  v: z.literal(1),
  grant_id: z.uuid(),
  robot_id: z.uuid(),
  delivery_id: z.uuid(),
  attempt_id: z.uuid(),
  fencing_token: z.int().positive(),
  compartment: z.int().min(0).max(15),
  purpose: z.enum(lidPurposes),
  means: z.enum(["pin", "load_code"]),
  /** Valid from and until, trusted time in milliseconds. */
  nbf: z.int(),
  exp: z.int(),
  /** Only within `radius_m` of here. */
  place: Place,
  radius_m: z.number().positive(),
  pin_verifier: PinVerifier,
});
export type Grant = z.infer<typeof Grant>;

/** Tries before the keypad locks, and how the lock-out grows. */
export const pinPolicy = { digits: 6, triesMax: 5, lockoutFirstMs: 60_000, unlatchingsMax: 3 } as const;
