import * as z from "zod";

/** Who did it: every write names one. `id` is the user, robot, key, link or service. */
export const Actor = z
  .object({
    kind: z.enum(["user", "robot", "partner", "customer", "merchant", "service"]),
    id: z.string().min(1).max(100),
  })
  .meta({ id: "Actor" });
export type Actor = z.infer<typeof Actor>;
