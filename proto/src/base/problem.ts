import * as z from "zod";
import { faultCodes } from "./faults.ts";

/** How every refusal looks on the wire: `application/problem+json` (RFC 9457) with our stable `code`. */
export const Problem = z
  .object({
    type: z.string().describe("A page that explains this code."),
    title: z.string(),
    status: z.int(),
    code: z.enum(faultCodes),
    detail: z.string().optional(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;
