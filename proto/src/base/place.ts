import * as z from "zod";

/** WGS 84 degrees. */
export const Place = z
  .object({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) })
  .meta({ id: "Place" });
export type Place = z.infer<typeof Place>;

/** A human address that maps could place. `text` is what the customer reads. */
export const Address = z
  .object({
    text: z.string().min(1).max(300),
    unit: z.string().max(60).optional(),
    place: Place,
  })
  .meta({ id: "Address" });
export type Address = z.infer<typeof Address>;
