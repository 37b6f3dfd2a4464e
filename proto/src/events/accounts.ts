import * as z from "zod";
import { event } from "../base/event.ts";

/**
 * Any service emits it in the transaction of what it did; accounts keeps them all. The envelope says who, when and in
 * which organization. `action` is a noun and a past participle: `devices/revoked`, `deliveries/lid_opened`. No secrets.
 */
export const auditEntry = event({
  type: "accounts/audit-entry",
  version: 1,
  subject: "subject_id",
  summary: "Somebody did something privileged.",
  body: z.object({
    action: z
      .string()
      .max(100)
      .regex(/^[a-z_-]+\/[a-z_-]+$/),
    subject_kind: z.string().min(1).max(60),
    subject_id: z.string().min(1).max(100),
    /** What changed, in few words and values. */
    details: z.record(z.string(), z.unknown()),
  }),
});
