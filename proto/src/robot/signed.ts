import * as z from "zod";

/**
 * Bytes that robot-gateway signed, carried as they are over both roads and never re-encoded.
 * `payload` is base64 of UTF-8 JSON; `signature` is base64 of Ed25519 over the payload's bytes, prefixed by `context`
 * and a zero byte, so that a grant can never pass for a command.
 */
export const Signed = z.object({
  context: z.enum(["command", "grant", "time"]),
  payload: z.string(),
  key_id: z.string(),
  signature: z.string(),
});
export type Signed = z.infer<typeof Signed>;

/** The payload inside `Signed` with context `time`: what the cloud's clock said to this robot. */
export const SignedTime = z.object({ v: z.literal(1), robot_id: z.uuid(), at: z.int() });
export type SignedTime = z.infer<typeof SignedTime>;
