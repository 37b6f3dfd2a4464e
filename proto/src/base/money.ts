import * as z from "zod";

/** An amount in the currency's minor unit (ISO 4217): 350 KZT tiyn, 350 US cents. */
export const Money = z
  .object({
    amount_minor: z.int(),
    currency: z
      .string()
      .length(3)
      .regex(/^[A-Z]{3}$/),
  })
  .meta({ id: "Money" });
export type Money = z.infer<typeof Money>;
